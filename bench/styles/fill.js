// Fills every field as a person would have left it: a value in each, every choice the other way round.
addEventListener("load", () => setTimeout(() => {
  const words = ["Anna Weber", "Graz", "tomas@example.com", "Main Street 12", "4711", "Nothing special"];
  document.querySelectorAll("input, textarea").forEach((e, i) => {
    if (e.type === "checkbox") return e.click();
    if (e.type === "radio") return e.checked || e.click();
    if (e.readOnly || e.type === "button" || e.getAttribute("role") === "combobox") return;
    const kind = e.tagName === "INPUT" ? HTMLInputElement : HTMLTextAreaElement;
    e.dispatchEvent(new Event("focus"));
    Object.getOwnPropertyDescriptor(kind.prototype, "value").set.call(e, words[i % words.length]);
    e.dispatchEvent(new Event("input", { bubbles: true }));
    e.dispatchEvent(new Event("change", { bubbles: true }));
  });
  document.querySelectorAll("select").forEach((e) => { e.selectedIndex = e.options.length - 1; });
  document.activeElement?.blur();
}, 60));
