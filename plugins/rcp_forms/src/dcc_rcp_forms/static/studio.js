// The studio: checks while typing, the live form beside the text, saves that never overwrite.
(() => {
  "use strict";
  const studio = document.querySelector("[data-studio]");
  if (!studio) return;
  const say = JSON.parse(studio.dataset.messages);
  const find = (name) => studio.querySelector(`[data-${name}]`);
  const form = find("text-form");
  const told = find("savestate").querySelector("span");
  const example = find("example");
  const token = () => document.querySelector('input[name="_csrf"]').value;
  let asked = 0;
  let shownLine = 0;
  let editor = null;

  const post = (address, fields) => fetch(address, {
    method: "POST",
    headers: { Accept: "application/json", "X-CSRF-Token": token() },
    body: new URLSearchParams(fields),
  });

  // The live form
  const place = find("live-state");
  const list = (title, key) => {
    const isFolded = key === "folded";
    const box = document.createElement(isFolded ? "details" : "div");
    box.dataset.whenFilled = "";
    box.hidden = true;
    const head = Object.assign(document.createElement(isFolded ? "summary" : "h3"), { textContent: title });
    const items = document.createElement(key === "alerts" ? "div" : "ul");
    box.append(head, items);
    place.append(box);
    if (isFolded) new MutationObserver(() => { head.textContent = `${title} (${items.children.length})`; }).observe(items, { childList: true });
    return items;
  };
  const places = { alerts: list("Alertes", "alerts"), computed: list("Valeurs calculées"), missing: list("Reste à remplir", "folded"), hidden: list("Champs masqués", "folded") };
  const previewNow = () => find("preview");
  const values = () => [...new FormData(previewNow())];
  function enliven(program, date) {
    const before = previewNow();
    const fresh = before.cloneNode(false);  // drops the listeners of the program before
    fresh.append(...before.childNodes);
    before.replaceWith(fresh);
    window.dccForms.live(previewNow(), program, date, places).refresh();
    linkLine(shownLine);
  }
  function linkLine(line) {
    shownLine = line;
    let best = null;
    for (const box of previewNow().querySelectorAll("[data-field]")) {
      const at = Number(box.dataset.line);
      box.classList.remove("linked");
      if (at && at <= line && (!best || at >= Number(best.dataset.line))) best = box;
    }
    best?.classList.add("linked");
  }

  // Checks
  async function check({ refill = false } = {}) {
    const turn = ++asked;
    const text = editor ? editor.area.value : null;
    if (text === null) return;
    const answer = await post(studio.dataset.check, { texte: text, essai: example?.value || "" }).catch(() => null);
    if (!answer?.ok || turn !== asked) return;
    const found = await answer.json();
    find("checks").innerHTML = found.checks;
    find("side").innerHTML = found.side;
    editor.show(found.findings);
    if (found.names) editor.learn({ names: found.names });
    if (found.program) {
      const kept = refill ? [] : values();
      previewNow().innerHTML = found.preview;
      if (!refill) restore(kept);
      enliven(found.program, found.date);
      previewNow().classList.remove("stale");
    } else previewNow().classList.add("stale");
    const propose = studio.querySelector("[data-propose]");
    propose?.toggleAttribute("aria-disabled", false);
    if (propose && !found.ready) propose.setAttribute("aria-disabled", "true");
    find("not-ready")?.toggleAttribute("hidden", found.ready);
  }
  function restore(kept) {
    const byName = new Map();
    for (const [name, value] of kept) byName.set(name, [...(byName.get(name) || []), value]);
    for (const control of previewNow().elements) {
      const mine = byName.get(control.name);
      if (!mine) continue;
      if (/checkbox|radio/.test(control.type)) control.checked = mine.includes(control.value);
      else control.value = mine[0];
    }
  }

  // Saves
  let saved = form?.elements.texte.value;
  async function save() {
    if (!editor || editor.area.value === saved) return;
    const text = editor.area.value;
    told.textContent = say.saving;
    const answer = await post(form.action, { texte: text, revision: form.elements.revision.value }).catch(() => null);
    if (!answer) { told.textContent = say.offline; return; }
    if (answer.status === 409) { saved = text; form.submit(); return; }  // the page that shows both texts
    if (!answer.ok) { told.textContent = (await answer.json()).detail || say.unsaved; return; }
    const done = await answer.json();
    saved = text;
    form.elements.revision.value = done.revision;
    const copy = studio.querySelector("[data-revision-copy]");
    if (copy) copy.value = done.revision;
    told.textContent = `${say.saved} ${done.saved}`;
  }

  let checking;
  let saving;
  if (form) {
    editor = window.dccEditor(form, {
      changed() {
        told.textContent = say.unsaved;
        clearTimeout(checking); clearTimeout(saving);
        checking = setTimeout(check, 500);
        saving = setTimeout(save, 2500);
      },
      moved: linkLine,
      lineOf: () => shownLine,
    });
    if (!editor.area.readOnly) {
      fetch(studio.dataset.words).then((answer) => answer.json()).then((words) => editor.learn(words)).catch(() => {});
      form.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(saving); save(); });
      window.addEventListener("beforeunload", (event) => { if (editor.area.value !== saved) event.preventDefault(); });
    }
    check({ refill: true });
  }
  studio.addEventListener("click", async (event) => {
    const goto = event.target.closest("[data-goto]");
    const mend = event.target.closest("[data-mend]");
    const propose = event.target.closest("[data-propose]");
    if (goto && editor) { event.preventDefault(); editor.goTo(...goto.dataset.goto.split(":").map(Number)); }
    if (mend && editor) editor.mend(...mend.dataset.mend.split(":").map(Number), mend.dataset.was, mend.dataset.text);
    if (propose && propose.getAttribute("aria-disabled") === "true") event.preventDefault();
    else if (propose && editor && editor.area.value !== saved) {
      event.preventDefault();
      await save();
      propose.form.requestSubmit(propose);
    }
  });
  studio.addEventListener("focusin", (event) => {
    const box = event.target.closest?.("[data-preview] [data-field]");
    if (box && Number(box.dataset.line)) { shownLine = Number(box.dataset.line); linkLine(shownLine); editor?.paint(); }
  });
  studio.addEventListener("submit", (event) => { if (event.target.matches("[data-preview]")) event.preventDefault(); });
  example?.addEventListener("change", () => check({ refill: true }));
})();
