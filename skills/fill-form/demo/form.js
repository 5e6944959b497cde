"use strict";

// The slider says its value in words beside it.
const years = document.getElementById("years");
const shown = document.getElementById("years-shown");
const tell = () => (shown.textContent = years.value);
years.addEventListener("input", tell);
document.querySelector("form").addEventListener("reset", () => setTimeout(tell));

// A text field that offers towns as one types (the combobox pattern of WAI-ARIA).
const towns = [
  "Aarhus", "Amsterdam", "Bergen", "Berlin", "Bremen", "Copenhagen", "Gdańsk", "Gothenburg", "Gotha", "Hamburg",
  "Helsinki", "Linköping", "London", "Lund", "Malmö", "Oslo", "Reykjavík", "Riga", "Stockholm", "Tallinn", "Tartu",
  "Trondheim", "Turku", "Uppsala", "Vilnius", "Visby", "Zürich",
];
const field = document.getElementById("city");
const list = document.getElementById("cities");
let current = -1;

function close() {
  list.hidden = true;
  list.replaceChildren();
  current = -1;
  field.setAttribute("aria-expanded", "false");
  field.removeAttribute("aria-activedescendant");
}

function choose(town) {
  field.value = town;
  close();
}

function offer() {
  const typed = field.value.trim().toLocaleLowerCase();
  const found = typed ? towns.filter((town) => town.toLocaleLowerCase().startsWith(typed)).slice(0, 6) : [];
  close();
  found.forEach((town, index) => {
    const item = document.createElement("li");
    item.id = `town-${index}`;
    item.setAttribute("role", "option");
    item.textContent = town;
    item.addEventListener("mousedown", (event) => {
      event.preventDefault();
      choose(town);
    });
    list.append(item);
  });
  list.hidden = found.length === 0;
  field.setAttribute("aria-expanded", String(!list.hidden));
}

function move(by) {
  const items = [...list.children];
  if (!items.length) return;
  current = (current + by + items.length) % items.length;
  items.forEach((item, index) => item.setAttribute("aria-selected", String(index === current)));
  field.setAttribute("aria-activedescendant", items[current].id);
}

field.addEventListener("input", offer);
field.addEventListener("blur", close);
field.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown") move(1);
  else if (event.key === "ArrowUp") move(-1);
  else if (event.key === "Enter" && current >= 0) choose(list.children[current].textContent);
  else if (event.key === "Escape" && !list.hidden) close();
  else return;
  event.preventDefault();
});
