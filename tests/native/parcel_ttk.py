"""A form in ttk's clam look with groups that have equal captions; prints its values as JSON."""

import json
import tkinter as tk
from tkinter import ttk

r = tk.Tk()
r.title("Ship a parcel")
ttk.Style().theme_use("clam")
m = ttk.Frame(r, padding=12)
m.pack(fill="both", expand=True)


def group(title, col):
    f = ttk.Labelframe(m, text=title, padding=8)
    f.grid(row=0, column=col, sticky="nsew", padx=5)
    return f


def row(f, i, text, w):
    ttk.Label(f, text=text).grid(row=i, column=0, sticky="w", pady=3)
    w.grid(row=i, column=1, pady=3, padx=4, sticky="ew")


s = group("Sender", 0)
t = group("Recipient", 1)
E = {}
for who, f in (("from", s), ("to", t)):
    for i, (k, text) in enumerate((("name", "Name"), ("street", "Street"), ("city", "City"))):
        E[who, k] = ttk.Entry(f, width=24)
        row(f, i, text, E[who, k])
c = ttk.Combobox(t, values=["Austria", "Belgium", "Croatia", "Denmark"], state="readonly")
row(t, 3, "Country", c)
p = ttk.Labelframe(m, text="Parcel", padding=8)
p.grid(row=1, column=0, columnspan=2, sticky="ew", padx=5, pady=8)
w = ttk.Spinbox(p, from_=0.5, to=30, increment=0.5, width=10)
w.set("1.0")
row(p, 0, "Weight (kg)", w)
size = tk.StringVar(value="M")
sf = ttk.Frame(p)
for x in ("S", "M", "L", "XL"):
    ttk.Radiobutton(sf, text=x, value=x, variable=size).pack(side="left", padx=3)
row(p, 1, "Size", sf)
ins = tk.BooleanVar()
frag = tk.BooleanVar()
ttk.Checkbutton(p, text="Insured", variable=ins).grid(row=2, column=0, sticky="w")
ttk.Checkbutton(p, text="Fragile", variable=frag).grid(row=2, column=1, sticky="w")


def ok():
    print(
        json.dumps(
            {f"{a}_{b}": e.get() for (a, b), e in E.items()}
            | dict(country=c.get(), weight=w.get(), size=size.get(), insured=ins.get(), fragile=frag.get())
        ),
        flush=True,
    )
    r.destroy()


b = ttk.Frame(m)
b.grid(row=2, column=0, columnspan=2, sticky="e")
ttk.Button(b, text="Cancel", command=r.destroy).pack(side="left", padx=4)
ttk.Button(b, text="Ship", command=ok).pack(side="left", padx=4)
r.mainloop()
