// Tells the bench what is on the page: added by tests/pages.py for scoring alone, never for a run of the agent.
(() => {
  const clean = (t) => (t || "").replace(/\s+/g, " ").trim();
  const style = (e, p) => getComputedStyle(e, p);
  const shown = (e) => {
    for (let n = e; n && n.nodeType === 1; n = n.parentElement) {
      const s = style(n);
      if (s.display === "none" || s.visibility === "hidden" || +s.opacity < 0.05) return false;
    }
    return true;
  };
  const inView = (r) => r.width > 3 && r.height > 3 && r.left >= 0 && r.top >= 0 && r.right <= innerWidth + 0.5 && r.bottom <= innerHeight + 0.5;
  const onTop = (e, r, also) => {
    const hit = document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2);
    return !!hit && (e === hit || e.contains(hit) || hit.contains(e) && hit !== document.body && hit !== document.documentElement && hit.getBoundingClientRect().height < r.height * 3 || (also || []).some((a) => a === hit || a.contains(hit)) || e.tagName === "INPUT" && e.parentElement.contains(hit));
  };
  // the text of an element that a person sees
  const visibleText = (e) => {
    if (!e || !e.getClientRects().length || !shown(e)) return "";
    const r = e.getBoundingClientRect();
    if (r.width < 3 || r.height < 3 || r.right < 0 || r.bottom < 0 || r.top > innerHeight) return "";
    const c = style(e).clip; if (c && /rect\(0|rect\(1px/.test(c)) return "";
    const walk = (n) => {
      if (n.nodeType === 3) return n.nodeValue;
      if (n.nodeType !== 1) return "";
      if (/^(INPUT|SELECT|TEXTAREA|BUTTON|SCRIPT|STYLE|OPTION)$/.test(n.tagName)) return " ";
      if (!shown(n)) return "";
      const b = n.getBoundingClientRect();
      if (style(n).position === "absolute" && (b.width <= 1 || b.height <= 1)) return "";
      return [...n.childNodes].map(walk).join("") + (style(n).display === "block" ? " " : "");
    };
    return clean(walk(e));
  };
  const labelOf = (e) => {
    const ids = (e.getAttribute("aria-labelledby") || "").split(/\s+/).filter(Boolean);
    const texts = [...(e.labels || [])].map(visibleText).filter(Boolean);
    if (texts.length) return texts.join(" ");
    const named = ids.map((i) => visibleText(document.getElementById(i))).filter(Boolean);
    if (named.length) return named.join(" ");
    if (e.dataset && e.dataset.label) return e.dataset.label;
    return null;
  };
  const groupOf = (e) => {
    for (let n = e.parentElement; n; n = n.parentElement) {
      if (n.dataset && n.dataset.group) return n.dataset.group;
      if (n.tagName === "FIELDSET") {
        const legend = n.querySelector(":scope > legend");
        if (legend) { const t = visibleText(legend); if (t) return t; }
      }
      const role = n.getAttribute("role");
      if (role === "group" || role === "radiogroup") {
        const t = (n.getAttribute("aria-labelledby") || "").split(/\s+/).map((i) => visibleText(document.getElementById(i))).filter(Boolean).join(" ");
        if (t) return t;
      }
    }
    return null;
  };
  const roleOf = (e) => {
    const role = e.getAttribute("role"), tag = e.tagName, type = (e.type || "").toLowerCase();
    if (tag === "INPUT") {
      if (["hidden", "image", "file", "color"].includes(type)) return null;
      if (["submit", "button", "reset"].includes(type)) return "button";
      if (type === "checkbox") return role === "switch" || /switch|toggle|lever/i.test([e, e.parentElement, e.nextElementSibling, e.closest("[class*=witch]")].map((n) => (n || {}).className).join(" ")) ? "switch" : "checkbox";
      if (type === "radio") return "radio";
      if (type === "range") return "slider";
      if (e.list || role === "combobox") return "combobox|textbox";
      if (type === "number") return "spinbutton|textbox";
      if (/date|time|month|week/.test(type)) return "textbox|combobox|spinbutton";
      return "textbox";
    }
    if (tag === "TEXTAREA") return "textarea|textbox";
    if (tag === "SELECT") return e.multiple || e.size > 1 ? "listbox" : "combobox";
    if (/^(checkbox|radio|switch)$/.test(role)) return role;
    if (tag === "BUTTON" || role === "button") return visibleText(e) ? "button|link" : "button|icon|link";
    if (tag === "A" && e.hasAttribute("href")) return visibleText(e) ? "link|button" : null;
    if (["checkbox", "radio", "switch", "slider", "combobox", "textbox", "listbox"].includes(role)) return role;
    return null;
  };
  // the drawing beside a hidden input: the largest small element near it that is filled, framed or a picture
  const drawingOf = (e) => {
    let best = null;
    for (const host of [e.parentElement, (e.parentElement || {}).parentElement]) {
      if (!host || host.querySelectorAll("input").length !== 1) break;
      for (const n of host.querySelectorAll("*")) {
        for (const p of [null, "::before", "::after"]) {
          const s = style(n, p), r = n.getBoundingClientRect();
          if (n === e || n.tagName === "LABEL" || !shown(n) || (p && s.content === "none")) continue;
          const painted = n.tagName === "svg" || s.borderTopWidth !== "0px" || !/rgba\(0, 0, 0, 0\)/.test(s.backgroundColor);
          if (!painted || s.opacity < 0.3) continue;
          const w = p ? parseFloat(s.width) : r.width, h = p ? parseFloat(s.height) : r.height;
          if (!(w >= 12 && h >= 12 && w <= 70 && h <= 36)) continue;
          const x = p ? r.left + (parseFloat(s.left) || 0) : r.left, y = p ? r.top + (parseFloat(s.top) || 0) : r.top;
          if (!best || w * h > best.width * best.height) best = new DOMRect(x, y, w, h);
        }
      }
      if (best) return best;
    }
    return null;
  };
  // where a control is drawn: some pages hide the input and draw it with the label's ::before
  const boxOf = (e, role) => {
    const r = e.getBoundingClientRect();
    const choice = /checkbox|radio|switch/.test(role);
    if (choice && e.tagName !== "INPUT" && r.width > 70) {
      const part = [...e.querySelectorAll("*")].find((n) => { const b = n.getBoundingClientRect(); return b.width >= 12 && b.width <= 70 && b.height <= 44; });
      return part ? part.getBoundingClientRect() : r;
    }
    if (!choice || (shown(e) && +style(e).opacity > 0.05 && inView(r))) return shown(e) ? r : null;
    const drawn = choice && drawingOf(e);
    if (drawn) return drawn;
    const label = (e.labels || [])[0];
    if (!label || !shown(label)) return null;
    const lr = label.getBoundingClientRect();
    for (const p of ["::before", "::after"]) {
      const s = style(label, p);
      if (s.content === "none" || s.content === "normal" || s.display === "none") continue;
      const grown = s.boxSizing === "border-box" ? 0 : parseFloat(s.borderLeftWidth) * 2;
      const w = parseFloat(s.width) + grown, h = parseFloat(s.height) + grown;
      if (!(w > 8 && h > 8)) continue;
      let x = parseFloat(s.left), y = parseFloat(s.top);
      if (s.position !== "absolute" || isNaN(x) || isNaN(y)) return r.width >= 12 && inView(r) ? r : null;
      const host = style(label).position === "static" ? label.offsetParent.getBoundingClientRect() : lr;
      return new DOMRect(host.left + x, host.top + y, w, h);
    }
    return r.width >= 12 && inView(r) ? r : null;
  };
  const survey = () => {
    const found = [];
    const all = document.querySelectorAll("input, select, textarea, button, a[href], [role]");
    for (const e of all) {
      const role = roleOf(e);
      if (!role) continue;
      if (role === "button|link" && e.closest("[role=button] [role=button]")) continue;
      const box = boxOf(e, role);
      if (!box || !inView(box) || !onTop(e, box, [...(e.labels || [])])) continue;
      const tag = e.tagName, s = style(e);
      const native = tag === "INPUT" || tag === "SELECT" || tag === "TEXTAREA";
      let value = null, secret = e.type === "password";
      if (tag === "SELECT") value = e.size > 1 || e.multiple ? null : clean((e.selectedOptions[0] || {}).text);
      else if (tag === "TEXTAREA" || (tag === "INPUT" && !/checkbox|radio|range/.test(e.type))) value = e.value;
      else if (!native) value = visibleText(e);
      const date = /date|time|month|week/.test(e.type || "");
      found.push({
        role, tag: tag.toLowerCase(), type: e.type || "",
        box: [box.left, box.top, box.width, box.height].map((v) => v * devicePixelRatio),
        label: native && !/submit|button|reset/.test(e.type) ? labelOf(e) : visibleText(e) || e.value || null,
        group: native && !/submit|button|reset/.test(e.type) ? groupOf(e) : null,
        value: secret || date ? null : value,
        placeholder: native && !e.value && e.placeholder ? e.placeholder : null,
        checked: /checkbox|radio|switch/.test(role) ? (native ? e.checked : e.getAttribute("aria-checked") === "true") : null,
        position: e.type === "range" ? (e.value - (e.min || 0)) / ((e.max || 100) - (e.min || 0)) : null,
        disabled: !!e.disabled, required: !!e.required,
        big: box.width * box.height > innerWidth * innerHeight * 0.5,
      });
    }
    return found;
  };
  const frame = () => new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); setTimeout(done, 300); });
  const report = async () => {
    await frame(); await new Promise((r) => setTimeout(r, 60));
    const at = {
      x: (window.screenX + (outerWidth - innerWidth) / 2) * devicePixelRatio,
      y: (window.screenY + (outerHeight - innerHeight)) * devicePixelRatio,
    };
    const body = { path: location.pathname, at, ratio: devicePixelRatio, size: [innerWidth, innerHeight], scroll: scrollY, height: document.documentElement.scrollHeight, controls: survey() };
    await fetch("/__truth", { method: "POST", body: JSON.stringify(body) });
  };
  const main = async () => {
    await Promise.race([document.fonts.ready, new Promise((r) => setTimeout(r, 1500))]);
    document.head.insertAdjacentHTML("beforeend", "<style>*,*::before,*::after{animation:none!important;transition:none!important;caret-color:transparent!important}</style>");
    await new Promise((r) => setTimeout(r, 150));
    await report();
    for (;;) {
      const what = await (await fetch("/__orders")).json();
      if (what.go !== undefined) { location.href = "/" + what.go; return; }
      if (what.scroll !== undefined) { window.scrollTo(0, what.scroll); await new Promise((r) => setTimeout(r, 120)); await report(); }
    }
  };
  if (document.readyState === "complete") main(); else addEventListener("load", main);
})();
