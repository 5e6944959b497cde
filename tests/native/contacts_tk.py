"""A window with a table and menus, in Tk; prints its rows as JSON whenever they change."""

import json
import tkinter as tk
from tkinter import messagebox, ttk

r = tk.Tk()
r.title("Contacts")
r.geometry("620x360")
t = ttk.Treeview(r, columns=("n", "p", "c"), show="headings")
for c, h in (("n", "Name"), ("p", "Phone"), ("c", "City")):
    t.heading(c, text=h)
    t.column(c, width=180)
for row in (
    ("Ada Byron", "555-0101", "London"),
    ("Emil Post", "555-0102", "Warsaw"),
    ("Kurt Wolf", "555-0103", "Vienna"),
):
    t.insert("", "end", values=row)
t.pack(fill="both", expand=True)


def dump():
    print(json.dumps([list(map(str, t.item(i, "values"))) for i in t.get_children()]), flush=True)


def new():
    d = tk.Toplevel(r)
    d.title("New contact")
    d.transient(r)
    E = []
    for i, text in enumerate(("Name", "Phone", "City")):
        ttk.Label(d, text=text).grid(row=i, column=0, padx=6, pady=4, sticky="e")
        e = ttk.Entry(d, width=28)
        e.grid(row=i, column=1, padx=6, pady=4)
        E.append(e)

    def ok():
        t.insert("", "end", values=[e.get() for e in E])
        d.destroy()
        dump()

    ttk.Button(d, text="Save", command=ok).grid(row=4, column=1, sticky="e", pady=6, padx=6)


def delete():
    s = t.selection()
    if s and messagebox.askyesno("Delete", "Delete the selected contact?"):
        t.delete(*s)
        dump()


m = tk.Menu(r)
r.config(menu=m)
f = tk.Menu(m, tearoff=0)
m.add_cascade(label="Contact", menu=f, underline=0)
f.add_command(label="New...", command=new, accelerator="Ctrl+N")
f.add_command(label="Delete", command=delete)
f.add_separator()
f.add_command(label="Quit", command=r.destroy)
h = tk.Menu(m, tearoff=0)
m.add_cascade(label="Help", menu=h, underline=0)
h.add_command(label="About")
r.mainloop()
