/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kexec starts this in 64 bits, and Xen wants 32, without paging.  It can be
 * anywhere below 4G.
 */
	.section .note.GNU-stack, "", @progbits
	.data
	.globl stub, stub_entry, stub_header, stub_end
stub:
	lea	stub_end(%rip), %rsp
	lea	gdt(%rip), %rax
	mov	%rax, gdtr + 2(%rip)
	lgdt	gdtr(%rip)
	mov	stub_entry(%rip), %esi
	mov	stub_header(%rip), %ebx
	lea	1f(%rip), %rax
	pushq	$8
	push	%rax
	lretq

	.code32
1:	mov	$16, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %fs
	mov	%eax, %gs
	mov	%eax, %ss

	/* Paging off, then long mode, then what belongs to them */
	mov	%cr0, %eax
	and	$0x7fffffff, %eax
	mov	%eax, %cr0
	mov	$0xc0000080, %ecx
	rdmsr
	and	$0xfffffeff, %eax
	wrmsr
	xor	%eax, %eax
	mov	%eax, %cr4

	/*
	 * Xen looks for the size of the memory below 1M in the BIOS data area.
	 * qboot leaves nothing there: 639K.
	 */
	movw	$639, 0x413

	mov	$0x2badb002, %eax
	jmp	*%esi

	.code64
	.balign	8
gdt:	.quad	0
	.quad	0x00cf9b000000ffff
	.quad	0x00cf93000000ffff
gdtr:	.word	. - gdt - 1
	.quad	0
stub_entry:
	.long	0
stub_header:
	.long	0
	.skip	64
stub_end:
