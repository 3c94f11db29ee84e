// Evaluate a whole form in the browser: the twin of engine/evaluate_form.py, step for step.
(function (root) {
  "use strict";

  const language = typeof require === "function" && typeof module === "object"
    ? require("./evaluate.js") : root.dccForms;
  const { evaluate, parseDate } = language;

  const SESSION_DATE = "date_rcp";
  const ROW_LABEL = "ligne";
  const NOT_ANSWERABLE = ["calcul", "texte_fixe"];
  const PRECISIONS = ["jour", "mois", "année"];
  const FAULTS = {
    nombre: "Un nombre est attendu.",
    "échelle": "Un nombre est attendu.",
    date: "Date illisible ou trop imprécise ; par exemple 15/03/2024.",
    heure: "Heure illisible ; par exemple 14:30.",
    choix: "Cette valeur n'est pas dans la liste.",
    choix_multiple: "Une valeur n'est pas dans la liste.",
    code: "Ce code n'est pas dans le jeu de valeurs.",
    professionnel: "Un numéro RPPS a 11 chiffres.",
    "établissement": "Un numéro FINESS a 9 caractères.",
  };
  const own = (table, key) =>
    table && Object.hasOwn(table, key) && table[key] !== undefined ? table[key] : null;
  const isGroup = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
  const isEmpty = (value) => value === null || (Array.isArray(value) && value.length === 0);
  const answer = (value, absence, fault) =>
    ({ value: value ?? null, absence: absence || "", fault: fault || "" });

  // --- stored answers ------------------------------------------------------------------------
  const precisionOf = ([first, last]) =>
    last === first ? "jour" : last - first < 31 ? "mois" : "année";
  const textLike = (pattern) => (step, x) => (typeof x === "string" && pattern.test(x) ? x : null);
  const text = textLike(/[^ \t\r\n\u00a0\u202f]/);
  function number(step, x) {
    return typeof x === "number" && Number.isFinite(x) && Math.abs(x) < 1e15 ? x : null;
  }
  function date(step, x) {
    if (typeof x !== "string" || !/^\d{4}(-\d{2}(-\d{2})?)?$/.test(x)) return null;
    const span = parseDate(x);
    if (span === null) return null;
    return PRECISIONS.indexOf(precisionOf(span)) > PRECISIONS.indexOf(step.precision) ? null : span;
  }
  function time(step, x) {
    const parts = typeof x === "string" ? /^(\d{1,2}):(\d{2})$/.exec(x) : null;
    return parts && Number(parts[1]) < 24 && Number(parts[2]) < 60
      ? Number(parts[1]) * 60 + Number(parts[2]) : null;
  }
  function choices(step, x) {
    if (!Array.isArray(x) || new Set(x).size !== x.length) return null;
    return x.every((code) => step.codes.includes(code)) ? x : null;
  }
  const READERS = {
    nombre: number,
    "échelle": number,
    date,
    heure: time,
    oui_non: (step, x) => (typeof x === "boolean" ? x : null),
    choix: (step, x) => (step.codes.includes(x) ? x : null),
    choix_multiple: choices,
    code: (step, x) => (step.codes.length ? (step.codes.includes(x) ? x : null) : text(step, x)),
    professionnel: textLike(/^\d{11}$/),
    "établissement": textLike(/^\d[\dAB]\d{7}$/),
  };
  function readStored(step, stored) {
    if (stored === null || stored === "" || (Array.isArray(stored) && !stored.length)) return answer();
    if (isGroup(stored) && Object.keys(stored).length === 1 && "absent" in stored) {
      return step.allows_unknown && ["inconnu", "non fait"].includes(stored.absent)
        ? answer(null, stored.absent) : answer(null, "", "Cette question attend une réponse.");
    }
    const value = (READERS[step.kind] || text)(step, stored);
    return value === null ? answer(null, "", FAULTS[step.kind] || "Réponse illisible.") : answer(value);
  }

  // --- one evaluation ------------------------------------------------------------------------
  /** Evaluate a form; the result has the shape of FormState. */
  function evaluateForm(program, answers, sessionDate) {
    const values = { [SESSION_DATE]: parseDate(sessionDate || "") };
    const absences = {};
    const context = { values, absences, row: {} };
    const readings = new Map();
    const missing = {};
    const errors = {};
    const note = (table, owner, item) => (table[owner] = table[owner] || []).push(item);

    function checkOne(step, reading, path, owner, scope) {
      if (reading.fault) return note(errors, owner, [path, reading.fault, "erreur"]);
      if (isShort(step, reading) && evaluate(step.required, scope) === true) {
        note(missing, owner, [path, step.phase]);
      }
      for (const rule of step.constraints) {
        if (evaluate(rule.core, scope) === false) note(errors, owner, [path, rule.message, rule.level]);
      }
      return undefined;
    }
    function readRow(step, stored, path, row) {
      const cells = isGroup(stored) ? stored : {};
      const scope = { values, absences, row };
      const shown = [];
      for (const column of step.columns) {
        if (evaluate(column.visible, scope) !== true) continue;
        const reading = column.formula
          ? answer(evaluate(column.formula, scope)) : readStored(column, own(cells, column.id));
        row[column.id] = reading.value;
        shown.push([column, reading]);
      }
      for (const [column, reading] of shown) {
        checkOne(column, reading, path + "." + column.id, step.id, scope);
      }
      return row;
    }
    function readTable(step, stored) {
      if (isGroup(stored)) {
        const reading = readStored(step, stored);
        return answer([], reading.absence, reading.fault);
      }
      const rows = stored || [];
      if (!Array.isArray(rows)) return answer([], "", "Un tableau est attendu.");
      return answer(rows.map((row, index) => readRow(step, row, `${step.id}[${index}]`, {})));
    }
    function readMatrix(step, stored) {
      const given = isGroup(stored) ? stored : {};
      const strange = Object.keys(given).some((code) => !step.rows.includes(code));
      const isBlank = !stored || (Array.isArray(stored) && !stored.length);
      if (!isBlank && (!isGroup(stored) || strange)) {
        return answer([], "", "Une ligne de la matrice n'existe pas.");
      }
      const rows = step.rows.map((code) =>
        readRow(step, own(given, code), `${step.id}.${code}`, { [ROW_LABEL]: code }));
      const filled = Object.values(given).some((row) => isGroup(row) && Object.keys(row).length);
      return answer(filled ? rows : []);
    }
    function read(step) {
      if (step.formula) return answer(evaluate(step.formula, context));
      if (step.kind === "texte_fixe") return answer();
      const stored = own(answers, step.id);
      if (step.kind === "tableau") return readTable(step, stored);
      if (step.kind === "matrice") return readMatrix(step, stored);
      return readStored(step, stored);
    }

    for (const step of program.steps) {
      if (evaluate(step.visible, context) !== true) continue;
      const reading = read(step);
      readings.set(step.id, reading);
      values[step.id] = reading.value;
      if (reading.absence) absences[step.id] = reading.absence;
      if (step.kind === "matrice") {
        for (const row of reading.value || []) {
          for (const column of step.columns) {
            values[`${step.id}.${row[ROW_LABEL]}.${column.id}`] = own(row, column.id);
          }
        }
      }
    }
    for (const step of program.steps) {
      if (readings.has(step.id)) checkOne(step, readings.get(step.id), step.id, step.id, context);
    }

    const visible = program.display.filter((id) => readings.has(id));
    const answerable = new Set(
      program.steps.filter((step) => !NOT_ANSWERABLE.includes(step.kind)).map((step) => step.id));
    const known = Object.fromEntries(
      visible.filter((id) => !isEmpty(values[id])).map((id) => [id, values[id]]));
    return {
      visible,
      values: known,
      absences,
      answered: visible.filter((id) =>
        answerable.has(id) && (Object.hasOwn(known, id) || Object.hasOwn(absences, id))),
      missing: visible.flatMap((id) => missing[id] || []),
      errors: visible.flatMap((id) => errors[id] || []),
      alerts: program.alerts.filter((alert) => evaluate(alert.core, context) === true)
        .map((alert) => [alert.id, alert.message, alert.level, alert.blocks]),
    };
  }

  function isShort(step, reading) {
    if (NOT_ANSWERABLE.includes(step.kind) || reading.absence) return false;
    if (step.kind === "tableau") return (reading.value || []).length < Math.max(1, step.min_rows);
    return isEmpty(reading.value);
  }

  const engine = { ...language, evaluateForm };
  if (typeof module === "object" && module.exports) module.exports = engine;
  else root.dccForms = engine;
})(typeof globalThis === "undefined" ? this : globalThis);
