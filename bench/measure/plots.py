# SPDX-License-Identifier: GPL-2.0
"""Plots, by gnuplot."""

import subprocess

from harness.verdict import infra

from . import BENCH, record, tables

STYLE = """\
set terminal svg size 720,400 noenhanced background rgb "white" font "sans,12"
set output "{out}"
set key top left
set grid
set logscale x
set xlabel "BARs"
"""


def draw(out, settings, series):
    """series: (title, points)"""
    text = STYLE.format(out=BENCH / f"{out}.svg") + settings
    series = [(title, points) for title, points in series if points]
    for number, (_, points) in enumerate(series):
        text += f"\n$d{number} << EOD\n"
        text += "\n".join(" ".join(map(str, point)) for point in points)
        text += "\nEOD\n"
    text += "plot " + ", ".join(
        f'$d{number} using 1:2 with linespoints lw 2 title "{title}"'
        for number, (title, _) in enumerate(series)) + "\n"
    gnuplot(text)


def gnuplot(text):
    try:
        done = subprocess.run(["gnuplot"], input=text, text=True,
                              capture_output=True, check=False)
    except OSError as error:
        raise infra(f"gnuplot: {error.strerror}; on Debian it is in "
                    f"gnuplot-nox") from None
    if done.returncode:
        raise infra(f"gnuplot: {done.stderr}\n{text}")


def cost(data):
    by_machine = tables.machines(data["rows"])
    series = [(f"{boot}, {firmware}", [
        (machine[0], tables.work(by[boot]) / machine[0])
        for machine, by in by_machine.items() if machine[1] == firmware])
        for firmware in ("qboot", "packed") for boot in ("stock", "on")]
    draw("cost", 'set ylabel "instructions for each BAR"\n'
         'set format y "%.0s%c"\nset yrange [0:]\nset key bottom left\n',
         series)


def lsbar(data):
    series = [(title, [(row["bars"], max(row["seconds"], 0.001))
                       for row in data["rows"] if row["program"] == name])
              for name, title in (("lsbar", "lsbar"), ("lspci", "lspci -vv"))]
    draw("lsbar", 'set ylabel "seconds"\nset logscale y\n', series)


def gain(data):
    rows = [row for row in data["rows"]
            if row["boot"] == "on" and row["clock"] == "instructions"]
    text = STYLE.format(out=BENCH / "gain.svg") + (
        'unset logscale x\nunset xlabel\nset logscale y\n'
        'set ylabel "instructions for a read"\nset style data histogram\n'
        'set style fill solid 0.7\nset xtics rotate by -30\n'
        'set yrange [1:]\nset key top right\nset rmargin 8\n'
        '$d << EOD\n')
    text += "\n".join(f'"{row["device"]} {row["width"]}" {row["trapped"]} '
                      f'{row["mapped"]}' for row in rows)
    gnuplot(text + '\nEOD\nplot $d using 2:xtic(1) title "trapped", '
            '$d using 3 title "mapped"\n')


PLOTS = {"enumeration": cost, "gain": gain, "lsbar": lsbar}


def draw_all():
    for name, plot in PLOTS.items():
        data = record.read(name)
        if data is not None:
            plot(data)
