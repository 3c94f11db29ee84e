// The fiche: live, and saved field by field. A field that somebody else wrote is shown with both values.
(async () => {
  "use strict";
  const form = document.querySelector("[data-fiche]");
  if (!form) return;
  const say = JSON.parse(form.dataset.messages);
  const find = (name) => form.querySelector(`[data-${name}]`);
  const answer = await fetch(form.dataset.program).catch(() => null);
  if (!answer?.ok) return;  // the page keeps its button, the server does it all
  const program = await answer.json();
  const heading = find("progress");
  const engine = window.dccForms.live(form, program, form.dataset.date, {
    alerts: find("alerts"),
    missing: find("missing"),
    progress(done, all) {
      heading.textContent = `${done} ${say.fields} ${all}`;
      find("bar").setAttribute("width", all ? Math.round((100 * done) / all) : 0);
    },
  });
  engine.refresh();
  if ("readOnly" in form.dataset) return;

  const told = find("savestate").querySelector("span");
  const token = () => form.querySelector('input[name="_csrf"]').value;
  const waiting = new Map();  // field → body, while nothing can be sent
  const timers = new Map();
  const flying = new Set();
  const last = new Map();
  const bodyOf = (name, box) => {
    const names = new Set([...box.querySelectorAll("[name]")].map((control) => control.name));
    return new URLSearchParams([...new FormData(form)].filter(([key]) => names.has(key) && key !== "revisions"));
  };
  for (const [name, box] of engine.boxes) last.set(name, String(bodyOf(name, box)));

  async function save(name) {
    const box = engine.boxes.get(name);
    const body = bodyOf(name, box);
    if (String(body) === last.get(name)) return;
    if (flying.has(name)) { later(name); return; }
    flying.add(name);
    told.textContent = say.saving;
    const response = await fetch(`${form.dataset.fiche}/champs/${encodeURIComponent(name)}`, {
      method: "PUT", body,
      headers: { Accept: "application/json", "X-CSRF-Token": token(), "If-Match": `"${box.dataset.revision}"` },
    }).catch(() => null);
    flying.delete(name);
    if (!response) {
      waiting.set(name, true);
      told.textContent = say.offline.replace("%", waiting.size);
      return;
    }
    waiting.delete(name);
    if (response.status === 412) {
      last.set(name, String(body));
      box.querySelector("[data-conflict]")?.remove();
      box.insertAdjacentHTML("beforeend", await response.text());
      box.querySelector("[data-conflict] button").focus();
      told.textContent = say.conflict;
      return;
    }
    if (response.status === 401) { told.textContent = say.ended; return; }
    const found = await response.json().catch(() => ({}));
    if (!response.ok) { told.textContent = found.detail || say.ended; return; }
    last.set(name, String(body));
    box.dataset.revision = found.revision;
    told.textContent = `${say.saved} ${found.saved}`;
    const remarks = find("remarks");
    remarks.replaceChildren(...found.remarks.map((item) => Object.assign(document.createElement("li"), { textContent: item.text })));
    remarks.closest("[data-when-filled]").hidden = !found.remarks.length;
  }
  function later(name, delay = 800) {
    clearTimeout(timers.get(name));
    timers.set(name, setTimeout(() => save(name), delay));
  }
  const nameOf = (event) => event.target.closest?.("[data-field]")?.dataset.field;
  form.addEventListener("input", (event) => { const name = nameOf(event); if (name) later(name); });
  form.addEventListener("change", (event) => { const name = nameOf(event); if (name) later(name, 50); });
  form.addEventListener("click", (event) => {
    const box = event.target.closest("[data-conflict]");
    const field = event.target.closest("[data-field]");
    if (!box || !event.target.matches("[data-keep], [data-take]")) return;
    field.dataset.revision = box.dataset.revision;
    if (event.target.matches("[data-take]")) take(field, JSON.parse(box.dataset.theirs));
    box.remove();
    last.delete(field.dataset.field);
    save(field.dataset.field);
    engine.refresh();
  });
  function take(field, theirs) {
    for (const control of field.querySelectorAll("[name]")) {
      const values = theirs.filter(([name]) => name === control.name).map(([, value]) => value);
      if (/checkbox|radio/.test(control.type)) control.checked = values.includes(control.value);
      else control.value = (values[0] ?? "").replace(/^(-?\d+)\.(\d+)$/, "$1,$2");
    }
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    for (const name of engine.boxes.keys()) save(name);
    delete form.dataset.sent;
  });
  const retry = () => { for (const name of waiting.keys()) save(name); };
  window.addEventListener("online", retry);
  setInterval(retry, 10000);
  window.addEventListener("beforeunload", (event) => { if (waiting.size) event.preventDefault(); });
})();
