/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PCI_SYNTH_SURVEY_H
#define _PCI_SYNTH_SURVEY_H

struct pci_bus;

void synth_survey(struct pci_bus *bus);

#endif /* _PCI_SYNTH_SURVEY_H */
