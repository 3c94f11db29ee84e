// A session held by several: every field saves itself, every change of the others arrives, nothing typed is lost.
(() => {
  "use strict";
  const root = document.querySelector("[data-seance]");
  if (!root) return;
  const say = JSON.parse(root.dataset.say);
  const me = root.dataset.account;
  const SAVE_MS = 450, LONGEST_MS = 1500, TELL_MS = 3000, SHOWN_MS = 5000, RETRY_MS = 3000;
  const find = (selector) => root.querySelector(selector);
  const boxes = () => [...root.querySelectorAll("[data-field]")];
  const form = () => find("[data-answers]");
  const writable = () => form()?.dataset.writable !== undefined;
  const token = () => document.querySelector('input[name="_csrf"]').value;
  const hour = (date) => date.toLocaleTimeString("fr-FR", { hour: "2-digit", minute: "2-digit" });
  const element = (tag, className, text = "") => Object.assign(document.createElement(tag), { className, textContent: text });
  const nameOf = (account) => root.querySelector(`[data-account="${CSS.escape(account)}"][data-name]`)?.dataset.name || say.somebody;
  function toast(text, level = "") {
    for (const old of document.querySelectorAll("#messages .toast.ok")) old.remove();
    document.getElementById("messages").append(element("p", `toast ${level}`, text));
  }

  // A field: its controls as pairs, what the server has (base), what it waits for.
  const states = new WeakMap();
  const stateOf = (box) => states.get(box) ?? states.set(box, { base: JSON.stringify(pairsOf(box)), timer: 0, since: 0, told: 0, flying: false, refused: false }).get(box);
  const controlsOf = (box) => [...box.querySelectorAll("input[name], select[name], textarea[name]")];
  function pairsOf(box) {
    return controlsOf(box)
      .filter((one) => (/checkbox|radio/.test(one.type) ? one.checked : one.value.trim()))
      .map((one) => [one.name, one.value.replace(/\r\n/g, "\n")]);
  }
  const isDirty = (box) => writable() && JSON.stringify(pairsOf(box)) !== stateOf(box).base;
  const hasConflict = (box) => Boolean(box.querySelector(".s-conflict"));
  const dirty = () => boxes().filter(isDirty);

  function fill(box, pairs) {
    const focused = document.activeElement;
    if ("rows" in box.dataset) grow(box, 1 + Math.max(-1, ...pairs.map(([name]) => Number(/\[(\d+)\]/.exec(name)?.[1] ?? -1))));
    for (const one of controlsOf(box)) {
      const values = pairs.filter(([name]) => name === one.name).map(([, value]) => value);
      if (/checkbox|radio/.test(one.type)) { one.checked = values.includes(one.value); continue; }
      const value = values[0] ?? "";
      if (one.value === value) continue;
      const caret = one === focused && one.selectionStart !== null ? [one.selectionStart, one.selectionEnd] : null;
      one.value = value;
      if (caret) one.setSelectionRange(...caret);
    }
  }
  // A table always has one empty row more than it holds.
  function grow(box, rows = 0) {
    const list = box.querySelector(".plan");
    if (!list) return;
    const used = (row) => controlsOf(row).some((one) => (/checkbox|radio/.test(one.type) ? one.checked : one.value.trim()));
    while (list.children.length <= rows || used(list.lastElementChild)) {
      const next = list.lastElementChild.cloneNode(true);
      const index = list.children.length;
      for (const one of controlsOf(next)) {
        one.name = one.name.replace(/\[\d+\]/, `[${index}]`);
        one.id = one.id.replace(/\[\d+\]/, `[${index}]`);
        one.setAttribute("aria-label", one.getAttribute("aria-label").replace(/\d+$/, index + 1));
        if (/checkbox|radio/.test(one.type)) one.checked = false; else one.value = "";
      }
      list.append(next);
    }
  }

  // A step begun takes its rank and the first intention, unless somebody says otherwise.
  function number(control) {
    const row = control.closest("[data-row-of]");
    const rank = row && [...row.parentElement.children].indexOf(row) + 1;
    for (const [end, value] of [[".ordre", rank], [".intention", "1"]]) {
      const one = row?.querySelector(`[name$="${end}"]`);
      if (one && one !== control && !one.value) one.value = value;
    }
  }

  function status(text, trouble = false) {
    const told = find("[data-savestate]");
    if (told) told.textContent = text;
    root.toggleAttribute("data-save-trouble", trouble);
  }
  function offline() { status(say.offline.replace("%", dirty().length), true); }

  // Saving: a moment after the last key, at most a second and a half after the first.
  function later(box) {
    const state = stateOf(box), now = Date.now();
    state.since ||= now;
    clearTimeout(state.timer);
    state.timer = setTimeout(() => save(box), Math.max(0, Math.min(SAVE_MS, state.since + LONGEST_MS - now)));
  }
  async function save(box) {
    const state = stateOf(box);
    clearTimeout(state.timer);
    if (state.refused || hasConflict(box) || !box.isConnected) return;
    if (!isDirty(box)) { state.since = 0; return; }
    if (state.flying) { state.again = true; return state.flying; }
    state.since = 0;
    state.flying = send(box, state);
    await state.flying;
    state.flying = false;
    if (state.again) { state.again = false; later(box); }
  }
  async function send(box, state) {
    const pairs = pairsOf(box);
    status(say.saving);
    const answer = await fetch(form().dataset.saves, {
      method: "PUT", body: new URLSearchParams([["champ", box.dataset.field], ...pairs]), signal: AbortSignal.timeout(12000),
      headers: { Accept: "application/json", "X-CSRF-Token": token(), "If-Match": `"${box.dataset.revision}"` },
    }).catch(() => null);
    if (!answer || answer.status >= 500) { offline(); return; }
    const found = await answer.json().catch(() => ({}));
    if (answer.status === 412) { conflict(box, found); return; }
    if (answer.status === 401) { status(say.ended, true); return; }
    if (!answer.ok) { refuse(box, state, answer.status === 409 ? found.detail : say.refused); return; }
    state.base = JSON.stringify(pairs);
    box.dataset.revision = found.fields[box.dataset.code].revision;
    take(found);
    keepDrafts();
    if (dirty().length === 0) status(say.saved.replace("%", hour(new Date())));
  }
  function refuse(box, state, text) {
    state.refused = true;
    for (const one of controlsOf(box)) one.readOnly = true;
    status(text, true);
    const told = find("[data-flash]");
    if (told && !told.textContent) { told.className = "s-flash alert danger"; told.textContent = text; }
  }

  // Two texts for one field: both are shown, a person chooses.
  function conflict(box, found) {
    const mine = pairsOf(box);
    const told = element("div", "s-conflict");
    told.setAttribute("role", "alertdialog");
    told.setAttribute("aria-label", say.two);
    const list = element("dl", "");
    const theirs = say.theirs.replace("%", found.author || say.somebody).replace("#", hour(new Date(found.at)));
    for (const [title, text] of [[say.mine, found.mine], [theirs, found.theirs]]) {
      const item = element("div", "");
      item.append(element("dt", "", title), element("dd", "", text || say.empty));
      list.append(item);
    }
    const row = element("div", "row");
    const free = controlsOf(box).length === 1 && /textarea|text/.test(controlsOf(box)[0].type);
    const choices = [["keep", mine], ["take", found.controls]];
    if (free && found.mine && found.theirs) choices.push(["both", [[box.dataset.field, `${found.theirs}\n${mine[0][1]}`]]]);
    for (const [key, pairs] of choices) {
      const button = element("button", "btn btn-sm", say[key]);
      button.type = "button";
      button.dataset.choice = key;
      button.addEventListener("click", () => {
        told.remove();
        box.dataset.revision = found.revision;
        stateOf(box).base = JSON.stringify(found.controls);
        if (key !== "keep") fill(box, pairs);
        keepDrafts();
        save(box).then(() => { if (!dirty().length) status(say.saved.replace("%", hour(new Date()))); });
      });
      row.append(button);
    }
    told.append(element("p", "", say.two), list, row);
    box.querySelector(".s-conflict")?.remove();
    box.append(told);
    status(say.conflict, true);
  }

  // What the others wrote.
  function take(found, by = "") {
    if (found.case !== root.dataset.case) return;
    for (const box of boxes()) {
      const code = box.dataset.code, entry = found.fields[code];
      box.hidden = !found.visible.includes(code);
      box.toggleAttribute("data-missing", found.missing.includes(code));
      if (entry && entry.revision > Number(box.dataset.revision)) receive(box, entry, by);
    }
  }
  function receive(box, entry, by) {
    const words = box.querySelector("[data-words]");
    if (words) { words.textContent = entry.words || "–"; box.classList.toggle("filled", Boolean(entry.words)); }
    else if (isDirty(box) || stateOf(box).flying || hasConflict(box)) return; // the save will tell, with both texts
    else { fill(box, entry.controls); stateOf(box).base = JSON.stringify(pairsOf(box)); }
    box.dataset.revision = entry.revision;
    box.classList.remove("fresh");
    void box.offsetWidth;
    box.classList.add("fresh");
    if (by && by !== me) note(box, say.by.replace("%", nameOf(by)));
  }
  function note(box, text) {
    const told = box.querySelector("[data-by]");
    told.textContent = text;
    told.hidden = false;
    clearTimeout(stateOf(box).shown);
    stateOf(box).shown = setTimeout(() => { told.hidden = true; box.classList.remove("typed"); }, SHOWN_MS);
  }
  let asking = false, askAgain = null;
  async function ask(by = "") {
    if (!form()) return;
    if (asking) { askAgain = by; return; }
    asking = true;
    const answer = await fetch(form().dataset.answers, { headers: { Accept: "application/json" } }).catch(() => null);
    if (answer?.ok) take(await answer.json(), by);
    asking = false;
    if (askAgain !== null) { const next = askAgain; askAgain = null; ask(next); }
  }

  // The parts that follow the session: agenda, quorum, presence, commands; the case when it changes.
  let drawing = false, drawAgain = false, viewing = new URLSearchParams(location.search).get("dossier") || "";
  if ("follows" in root.dataset) viewing = "";
  const isBusy = (part) => {
    const at = document.activeElement;
    return part.contains(at) && /INPUT|SELECT|TEXTAREA/.test(at.tagName);
  };
  async function draw() {
    if (drawing) { drawAgain = true; return; }
    drawing = true;
    const query = new URLSearchParams({ affiche: root.dataset.case || "00000000-0000-0000-0000-000000000000" });
    if (viewing) query.set("dossier", viewing);
    if ("projected" in root.dataset) query.set("vue", "projection");
    const answer = await fetch(`${root.dataset.parts}?${query}`, { headers: { "HX-Request-Type": "partial" } }).catch(() => null);
    if (answer?.ok) await swap(await answer.text());
    drawing = false;
    if (drawAgain) { drawAgain = false; draw(); }
  }
  async function swap(text) {
    const drawn = new DOMParser().parseFromString(text, "text/html").body.firstElementChild;
    const isOther = drawn.dataset.case !== root.dataset.case;
    if (isOther) {
      await flush();
      if (dirty().length) { toast(say.moved, "warn"); return; }
      root.dataset.case = drawn.dataset.case;
    }
    root.toggleAttribute("data-follows", "follows" in drawn.dataset);
    const focus = document.activeElement?.id;
    if (!named(drawn)) { if (dirty().length === 0) location.reload(); return; } // a case came on the agenda
    for (const part of drawn.querySelectorAll("[data-part]")) {
      const old = find(`[data-part="${part.dataset.part}"]`);
      if (!old || (isBusy(old) && !isOther)) continue;
      const opened = isOther ? [] : [...old.querySelectorAll("details[open][id]")].map((one) => one.id);
      const top = old.scrollTop;
      old.replaceWith(part);
      part.scrollTop = top;
      for (const id of opened) part.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
    }
    if (focus && document.activeElement === document.body) document.getElementById(focus)?.focus();
    arm();
    if (isOther) begin();
  }
  // Names are told once, when the page opens: each telling is an access that the audit keeps.
  const names = new Map();
  function named(drawn) {
    for (const one of root.querySelectorAll("[data-who]")) if (one.textContent) names.set(one.dataset.who, one.textContent);
    const asked = [...drawn.querySelectorAll("[data-who]")];
    for (const one of asked) one.textContent = names.get(one.dataset.who) ?? "";
    return "projected" in root.dataset || asked.every((one) => one.textContent);
  }
  function begin() {
    for (const box of boxes()) { stateOf(box); grow(box); markWords(box); }
    restoreDrafts();
  }
  function markWords(box) {
    const words = box.querySelector("[data-words]");
    if (words) box.classList.toggle("filled", words.textContent !== "–");
  }
  async function view(address) {
    viewing = new URLSearchParams(new URL(address, location).search).get("dossier") || "";
    history.replaceState(null, "", viewing ? `?dossier=${viewing}` : location.pathname);
    await draw();
  }

  root.addEventListener("live", (event) => {
    if (event.target !== root) return;
    const { again, sujet, faits } = event.detail;
    if (again) { retry(); ask(); draw(); return; }
    if (sujet.startsWith("rcp_meetings.session:")) { draw(); return; }
    if (faits.case !== root.dataset.case) return;
    const box = find(`[data-code="${Number(faits.field)}"]`);
    if (!box) return;
    if (sujet.startsWith("rcp_meetings.typing:")) {
      if (faits.by !== me) { box.classList.add("typed"); note(box, say.typing.replace("%", nameOf(faits.by))); }
    } else if (faits.revision > Number(box.dataset.revision)) ask(faits.by);
  });

  // Typing.
  root.addEventListener("input", (event) => {
    const box = event.target.closest("[data-field]");
    if (!box || !writable()) return;
    const state = stateOf(box);
    if ("rows" in box.dataset) { number(event.target); grow(box); }
    later(box);
    keepDrafts();
    if (Date.now() - state.told > TELL_MS && /text/.test(event.target.type)) {
      state.told = Date.now();
      const body = new URLSearchParams({ champ: box.dataset.field, _csrf: token() });
      fetch(form().dataset.typing, { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => null);
    }
  });
  root.addEventListener("change", (event) => { const box = event.target.closest("[data-field]"); if (box && writable()) save(box); });
  const flush = () => Promise.all(dirty().map(save)).then(() => Promise.all(dirty().map((box) => stateOf(box).flying)));
  function retry() { for (const box of dirty()) save(box); }
  setInterval(() => { if (root.hasAttribute("data-save-trouble")) retry(); }, RETRY_MS);
  window.addEventListener("online", retry);
  document.addEventListener("live:resumed", retry);
  window.addEventListener("beforeunload", (event) => { if (dirty().length) event.preventDefault(); });

  // Drafts of this tab: encrypted with a key that only a signed-in page has.
  const place = () => `dcc-rcp:${me}:${root.dataset.case}`;
  let keyPromise = null, keepTimer = 0;
  const draftKey = () => (keyPromise ??= crypto.subtle?.importKey("raw", bytesOf(root.dataset.key), "AES-GCM", false, ["encrypt", "decrypt"]));
  const bytesOf = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  const textOf = (bytes) => btoa(String.fromCharCode(...bytes));
  function keepDrafts() {
    clearTimeout(keepTimer);
    keepTimer = setTimeout(writeDrafts, 200);
  }
  async function writeDrafts() {
    const at = place(), waiting = dirty();
    if (!waiting.length) { sessionStorage.removeItem(at); return; }
    if (!root.dataset.key || !crypto.subtle) return;
    const drafts = waiting.map((box) => [box.dataset.field, box.dataset.revision, pairsOf(box)]);
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const plain = new TextEncoder().encode(JSON.stringify(drafts));
    const hidden = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await draftKey(), plain);
    sessionStorage.setItem(at, `${textOf(iv)} ${textOf(new Uint8Array(hidden))}`);
  }
  async function restoreDrafts() {
    const at = place(), kept = sessionStorage.getItem(at);
    if (!kept || !writable() || !root.dataset.key || !crypto.subtle) return;
    let drafts;
    try {
      const [iv, hidden] = kept.split(" ").map(bytesOf);
      drafts = JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, await draftKey(), hidden)));
    } catch { sessionStorage.removeItem(at); return; } // another person's, or from before a sign-out
    for (const [field, revision, pairs] of drafts) {
      const box = boxes().find((one) => one.dataset.field === field);
      if (!box || JSON.stringify(pairsOf(box)) === JSON.stringify(pairs)) continue;
      box.dataset.revision = revision; // older than the server's: both texts will be shown
      fill(box, pairs);
      if (isDirty(box)) { toast(say.restored); save(box); }
    }
    keepDrafts();
  }
  for (const at of Object.keys(sessionStorage)) if (at.startsWith("dcc-rcp:") && !at.startsWith(`dcc-rcp:${me}:`)) sessionStorage.removeItem(at);

  // Commands: sent without leaving the page, after what was typed is saved.
  root.addEventListener("submit", async (event) => {
    const posted = event.target.closest("[data-act-form]");
    if (!posted) { if (event.target.matches("[data-answers]")) event.preventDefault(); return; }
    event.preventDefault();
    const body = new URLSearchParams(new FormData(posted, event.submitter));
    await flush();
    if (dirty().some((box) => !stateOf(box).refused)) { toast(navigator.onLine ? say.unsaved : say.away, "warn"); return; }
    const answer = await fetch(posted.getAttribute("action"), { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer) { toast(say.away, "warn"); return; }
    const found = await answer.json().catch(() => ({}));
    if (answer.ok) {
      document.activeElement?.blur();
      for (const menu of root.querySelectorAll("details.s-menu[open]")) menu.open = false;
      if (/^(conclure|passer|montrer|rouvrir)$/.test(body.get("action"))) { viewing = ""; history.replaceState(null, "", location.pathname); }
      if (!body.has("qui") || body.has("texte")) toast(found.notice, "ok"); // presence shows by itself
    } else toast(found.detail || say.away, "danger");
    draw();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".s-queue a[data-row], [data-follow], [data-view]");
    if (link && root.contains(link) && !event.ctrlKey && !event.metaKey) { event.preventDefault(); view(link.href); }
    else if (event.target.closest("[data-save]")) flush();
    else for (const menu of root.querySelectorAll("details.s-menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });

  // Keyboard, besides what every page has.
  let piece = -1;
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if (event.altKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      const all = boxes().filter((box) => box.offsetParent).map((box) => controlsOf(box)[0]).filter(Boolean);
      const at = all.findIndex((one) => one.closest("[data-field]").contains(document.activeElement));
      event.preventDefault();
      all[Math.max(0, Math.min(all.length - 1, at + (event.key === "ArrowDown" ? 1 : -1)))]?.focus();
      return;
    }
    if (event.key === "Escape") for (const menu of root.querySelectorAll("details.s-menu[open]")) menu.open = false;
    if (typing || event.ctrlKey || event.metaKey || event.altKey || document.documentElement.dataset.letterKeys === "off") return;
    if (event.key === "a") { event.preventDefault(); controlsOf(form() ?? root)[0]?.focus(); }
    if (event.key === "s") find("[data-follow]")?.click();
    if (event.key === "p") {
      const all = [...root.querySelectorAll("[data-piece]")];
      piece = (piece + 1) % Math.max(1, all.length);
      all[piece]?.focus();
      all[piece]?.click();
    }
  });

  // Clocks: they run from what the server said, whatever the clock of this computer.
  function arm() {
    for (const clock of root.querySelectorAll("[data-clock]")) if (!clock.dataset.from) clock.dataset.from = performance.now() / 1000 - Number(clock.dataset.clock);
  }
  const two = (number) => String(number).padStart(2, "0");
  setInterval(() => {
    for (const clock of root.querySelectorAll("[data-clock]:not([data-stopped])")) {
      const total = Math.floor(performance.now() / 1000 - Number(clock.dataset.from));
      const hours = Math.floor(total / 3600), minutes = Math.floor(total / 60);
      clock.textContent = "hours" in clock.dataset ? `${hours}:${two(minutes % 60)}:${two(total % 60)}` : `${minutes}:${two(total % 60)}`;
      const meter = clock.closest("[data-planned]");
      if (!meter) continue;
      meter.classList.toggle("over", total > Number(meter.dataset.planned));
      meter.querySelector("[data-ring]").setAttribute("stroke-dasharray", `${Math.min(1, total / Number(meter.dataset.planned)) * 100.5} 100.5`);
    }
  }, 1000);
  arm();
  begin();
})();
