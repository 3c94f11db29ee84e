// The fiche as it is typed: conditions, computed values, alerts, faults and what remains, at once.
// The server says the same when it saves; without script it alone says it.
(function (root) {
  "use strict";

  const parts = typeof require === "function" && typeof module === "object"
    ? require("./form.js") : root.dccForms;
  const { evaluateForm, parseDate } = parts;
  const ABSENCES = ["inconnu", "non fait"];
  const MOMENTS = {
    "préparation": "pour confirmer l'inscription", "séance": "pour rendre l'avis", "après": "après la séance",
  };

  /** Read what a person typed; the twin of stored_from_text in engine/stored.py. */
  function storedFromText(step, typed) {
    const text = typed.trim();
    if (step.allows_unknown && ABSENCES.includes(text)) return { absent: text };
    if (step.kind === "nombre" || step.kind === "échelle") {
      const compact = text.replace(/[\s\u202f\u00a0]/g, "").replaceAll(",", ".").replaceAll("−", "-");
      return /^-?\d{1,15}(\.\d{1,15})?$/.test(compact) ? Number(compact) + 0 : text;
    }
    if (step.kind === "oui_non") return { oui: true, non: false }[text] ?? text;
    if (step.kind === "date") return isoText(text) || text;
    if (step.kind === "choix_multiple") return text.split(",").map((code) => code.trim()).filter(Boolean);
    return text;
  }
  function isoText(text) {
    if (parseDate(text) === null) return "";
    const french = /^(?:(?:(\d{1,2})\/)?(\d{1,2})\/)?(\d{4})$/.exec(text);
    if (!french) return text;
    const two = (part) => part.padStart(2, "0");
    return [french[3], french[2] && two(french[2]), french[1] && two(french[1])].filter(Boolean).join("-");
  }

  /** Read the answers of a posted form; the twin of web/answers.py. `all(name)` lists the values of a name. */
  function readAnswers(program, names, all) {
    function single(step, name) {
      const absent = all(name + ":absent").find(Boolean);
      if (absent) return { absent };
      const values = all(name).filter((value) => value.trim());
      if (!values.length) return null;
      return step.kind === "choix_multiple" ? values : storedFromText(step, values[0]);
    }
    function row(step, prefix) {
      const cells = {};
      for (const column of step.columns) {
        const stored = column.kind === "calcul" ? null : single(column, prefix + column.id);
        if (stored !== null) cells[column.id] = stored;
      }
      return cells;
    }
    const filled = (cells) => Object.keys(cells).length > 0;
    function answer(step) {
      if (step.kind === "tableau") {
        const head = step.id + "[";
        const numbers = new Set(names.filter((name) => name.startsWith(head))
          .map((name) => Number.parseInt(name.slice(head.length), 10)).filter(Number.isInteger));
        const rows = [...numbers].sort((a, b) => a - b).map((index) => row(step, `${step.id}[${index}].`));
        return rows.filter(filled);
      }
      if (step.kind === "matrice") {
        const rows = step.rows.map((code) => [code, row(step, `${step.id}.${code}.`)]);
        return Object.fromEntries(rows.filter(([, cells]) => filled(cells)));
      }
      return single(step, step.id);
    }
    const found = {};
    for (const step of program.steps) {
      if (step.kind === "calcul" || step.kind === "texte_fixe") continue;
      const stored = answer(step);
      if (stored !== null && stored !== "" && !(typeof stored === "object" && !Object.keys(stored).length)) found[step.id] = stored;
    }
    return found;
  }

  /** Write a computed value the French way. */
  function shownValue(value) {
    if (value === null || value === undefined) return "—";
    if (typeof value === "boolean") return value ? "Oui" : "Non";
    if (typeof value === "number") return String(value).replace(".", ",");
    return Array.isArray(value) ? value.join(", ") : String(value);
  }

  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const ownerOf = (path) => path.split("[")[0];

  /** Make a form live. `places` holds what the page shows beside it: alerts, missing, progress, hidden;
      `places.known` the stored answers of fields that the page does not show. */
  function live(form, program, sessionDate, places = {}) {
    const boxes = new Map([...form.querySelectorAll("[data-field]")].map((box) => [box.dataset.field, box]));
    const steps = new Map(program.steps.map((step) => [step.id, step]));
    const touched = new Set();
    const labels = (id) => {
      const head = boxes.get(id)?.querySelector("legend, label, .label")?.cloneNode(true);
      head?.querySelectorAll(".req").forEach((mark) => mark.remove());
      return head ? head.textContent.trim() : id;
    };
    const link = (id) => {
      const made = element("a", "", labels(id));
      const box = boxes.get(id);
      const target = box?.id || box?.querySelector("[id]:not([hidden])")?.id;
      if (target) made.href = "#" + target;
      return made;
    };

    function answers() {
      const data = new FormData(form);
      return readAnswers(program, [...data.keys()], (name) => data.getAll(name).map(String));
    }
    function grow() {
      for (const body of form.querySelectorAll("[data-field] tbody")) {
        const last = body.lastElementChild;
        if (!last || last.dataset.row) continue;
        const used = [...last.querySelectorAll("input, select, textarea")]
          .some((control) => (/checkbox|radio/.test(control.type) ? control.checked : control.value.trim()));
        if (!used) continue;
        const next = last.cloneNode(true);
        for (const control of next.querySelectorAll("[name]")) {
          const renamed = (text) => text.replace(/\[(\d+)\]/, (_, index) => `[${Number(index) + 1}]`);
          control.name = renamed(control.name);
          if (control.id) control.id = renamed(control.id);
          control.setAttribute("aria-label", (control.getAttribute("aria-label") || "").replace(/\d+$/, (n) => Number(n) + 1));
          if (/checkbox|radio/.test(control.type)) control.checked = false; else control.value = "";
        }
        body.append(next);
      }
    }
    function fill(place, items) {
      if (!place) return;
      place.replaceChildren(...items);
      place.closest("[data-when-filled]")?.toggleAttribute("hidden", !items.length);
    }
    function showErrors(state) {
      const errors = new Map();
      for (const [path, message] of state.errors) if (!errors.has(ownerOf(path))) errors.set(path in steps ? path : ownerOf(path), message);
      for (const [id, box] of boxes) {
        const told = box.querySelector("[data-error]");
        const message = touched.has(id) ? errors.get(id) || [...errors].find(([path]) => path.startsWith(id + "."))?.[1] : undefined;
        if (!told || (!touched.has(id) && !told.hidden)) continue;
        told.textContent = message || "";
        told.hidden = !message;
        box.classList.toggle("err", Boolean(message));
      }
    }
    function refresh() {
      grow();
      const state = evaluateForm(program, { ...places.known, ...answers() }, sessionDate);
      const visible = new Set(state.visible);
      const missing = new Set(state.missing.map(([path]) => path));
      for (const [id, box] of boxes) {
        box.hidden = !visible.has(id);
        const output = box.querySelector("output:not([data-cell])");
        if (output) output.textContent = shownValue(state.values[id]) + (state.values[id] !== undefined && output.dataset.unit ? "\u00a0" + output.dataset.unit : "");
        const mark = box.querySelector("[data-required]");
        if (mark) mark.hidden = !(missing.has(id) || steps.get(id)?.required[1] === true);
      }
      for (const section of form.querySelectorAll("[data-section]")) {
        section.hidden = ![...section.querySelectorAll("[data-field]")].some((box) => !box.hidden);
      }
      showErrors(state);
      fill(places.alerts, state.alerts.map(([, message, level, blocks]) =>
        element("p", "alert narrow " + (level === "attention" ? "warn" : "info"), message + (blocks ? ` — empêche la ${blocks}` : ""))));
      fill(places.missing, state.missing.filter(([path]) => boxes.has(ownerOf(path))).map(([path, phase]) => {
        const item = element("li");
        item.append(link(ownerOf(path)), element("span", "muted", " " + MOMENTS[phase]));
        return item;
      }));
      fill(places.hidden, program.display.filter((id) => !visible.has(id) && boxes.has(id)).map((id) => element("li", "", labels(id))));
      fill(places.computed, program.steps.filter((step) => step.kind === "calcul").map((step) =>
        element("li", "", `${labels(step.id)} : ${shownValue(state.values[step.id])}`)));
      if (places.progress) {
        const asked = state.visible.filter((id) => !["calcul", "texte_fixe"].includes(steps.get(id)?.kind));
        places.progress(state.answered.length, asked.length);
      }
      return state;
    }
    form.addEventListener("input", refresh);
    form.addEventListener("focusout", (event) => {
      const box = event.target.closest("[data-field]");
      if (box && !box.contains(event.relatedTarget)) { touched.add(box.dataset.field); refresh(); }
    });
    return { refresh, answers, boxes };
  }

  const tools = { ...parts, storedFromText, readAnswers, shownValue, live };
  if (typeof module === "object" && module.exports) module.exports = tools;
  else root.dccForms = tools;
})(typeof globalThis === "undefined" ? this : globalThis);
