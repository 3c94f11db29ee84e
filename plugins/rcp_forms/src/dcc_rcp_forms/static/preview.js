// The preview of an author: reloads when the file is saved, keeps what was typed, toggles live.
(() => {
  "use strict";
  const seen = document.documentElement.dataset.saved;
  const form = document.querySelector("[data-live]");
  const find = (name) => document.querySelector(`[data-${name}]`);
  const KEPT = "dcc-preview";
  if (form) {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) || "[]");
    sessionStorage.removeItem(KEPT);
    for (const control of form.elements) {
      const mine = kept.filter(([name]) => name === control.name).map(([, value]) => value);
      if (!control.name || !kept.length) continue;
      if (/checkbox|radio/.test(control.type)) control.checked = mine.includes(control.value);
      else if (mine.length) control.value = mine[0];
    }
    fetch("/programme.json").then((answer) => answer.json()).then((program) => {
      const places = { alerts: find("alerts"), computed: find("computed"), hidden: find("hidden"), missing: find("missing") };
      window.dccForms.live(form, program, form.dataset.date, places).refresh();
    }).catch(() => {});
  }
  setInterval(async () => {
    const answer = await fetch("/saved").catch(() => null);
    if (!answer || (await answer.text()) === seen) return;
    if (form) sessionStorage.setItem(KEPT, JSON.stringify([...new FormData(form)]));
    location.reload();
  }, 700);
})();
