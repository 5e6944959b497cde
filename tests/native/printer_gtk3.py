"""A GTK 3 window with switches, a scale and buttons in its header bar; prints its values as JSON."""

import json

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import Gtk

w = Gtk.Window()
w.set_default_size(560, 420)
hb = Gtk.HeaderBar(title="Edit printer")
w.set_titlebar(hb)
cancel = Gtk.Button(label="Cancel")
save = Gtk.Button(label="Save")
save.get_style_context().add_class("suggested-action")
hb.pack_start(cancel)
hb.pack_end(save)
g = Gtk.Grid(row_spacing=10, column_spacing=12, margin=18)
w.add(g)


def row(i, text, x):
    l = Gtk.Label(label=text, use_underline=True, xalign=1)
    g.attach(l, 0, i, 1, 1)
    x.set_hexpand(True)
    g.attach(x, 1, i, 1, 1)
    return x


name = row(0, "_Name", Gtk.Entry())
place = row(1, "_Location", Gtk.Entry(placeholder_text="Building and room"))
driver = Gtk.ComboBoxText()
for t in ("Generic PCL", "PostScript", "IPP Everywhere"):
    driver.append_text(t)
driver.set_active(0)
row(2, "_Driver", driver)
copies = row(3, "_Copies", Gtk.SpinButton.new_with_range(1, 99, 1))
duplex = Gtk.Switch(halign=Gtk.Align.START)
row(4, "Print on both sides", duplex)
colour = Gtk.Switch(halign=Gtk.Align.START, active=True)
row(5, "Colour", colour)
rb = Gtk.Box(spacing=8)
rs = [Gtk.RadioButton.new_with_label_from_widget(None, "A4")]
for t in ("A5", "Letter"):
    rs.append(Gtk.RadioButton.new_with_label_from_widget(rs[0], t))
for r in rs:
    rb.pack_start(r, False, False, 0)
row(6, "Paper", rb)
share = Gtk.CheckButton(label="Share this printer")
g.attach(share, 1, 7, 1, 1)
sc = Gtk.Scale.new_with_range(Gtk.Orientation.HORIZONTAL, 0, 100, 5)
sc.set_value(50)
row(8, "Toner density", sc)
tv = Gtk.TextView()
sw = Gtk.ScrolledWindow(min_content_height=70, shadow_type=Gtk.ShadowType.IN)
sw.add(tv)
row(9, "Comment", sw)


def ok(*_):
    b = tv.get_buffer()
    print(
        json.dumps(
            dict(
                name=name.get_text(),
                place=place.get_text(),
                driver=driver.get_active_text(),
                copies=copies.get_value_as_int(),
                duplex=duplex.get_active(),
                colour=colour.get_active(),
                paper=next(r.get_label() for r in rs if r.get_active()),
                share=share.get_active(),
                density=sc.get_value(),
                comment=b.get_text(b.get_start_iter(), b.get_end_iter(), False),
            )
        ),
        flush=True,
    )
    Gtk.main_quit()


save.connect("clicked", ok)
cancel.connect("clicked", Gtk.main_quit)
w.connect("destroy", Gtk.main_quit)
w.show_all()
Gtk.main()
