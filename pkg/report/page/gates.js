// The way of a request through the checks, and what it becomes with steps of the remedy
// made. Every verdict here was computed when the report was made.

function trialOf(way, on) {
  const key = on.join();
  return way.trials.find((t) => t.steps.join() === key);
}

// told says what a trial comes to, in the words of the remedy.
function told(way, trial, on) {
  const changes = on.map((n) => String(n + 1));
  const begin = on.length === 0 ? 'As it is: ' : 'With change' + (on.length > 1 ? 's ' : ' ') + (changes.length > 1 ? changes.slice(0, -1).join(', ') + ' and ' + changes[changes.length - 1] : changes[0]) + ': ';
  if (!trial) return begin + 'not computed. Each change alone, the first ones together and all of them were.';
  const layers = (v) => way.gates.filter((g, n) => trial.v[n] === v).map((g) => g.layer).join(', ');
  const refused = layers(3);
  const doubtful = layers(2);
  const still = on.length ? 'still ' : '';
  if (refused) return begin + still + 'refused: ' + refused + (doubtful ? '; ' + still + 'unknown: ' + doubtful : '');
  if (doubtful) return begin + still + 'unknown: ' + doubtful;
  return begin + (trial.passes === 'yes' ? 'every check passes' : 'no check refuses that was made');
}

function drawWay(d) {
  const way = d.way;
  if (way.gates.length === 0) return el('p', { class: 'dim' }, 'No check was made.');
  const panel = el('div', { class: 'panel', id: 'panel' });
  const outcome = el('p', { class: 'outcome', id: 'outcome' });
  const buttons = [];
  const places = [];
  for (const g of way.groups) for (const n of g.gates) places.push({ n, group: g });
  const groups = way.groups.map((g) => el('li', { class: 'party' },
    el('h4', {}, g.name, g.account && el('span', { class: 'account' }, g.account)),
    el('ol', { class: 'gates' }, g.gates.map((n) => {
      const b = el('button', { type: 'button', class: 'gate', 'aria-controls': 'panel', on: { click: () => pick(n), keydown: (e) => walk(e, n) } });
      buttons[n] = b;
      return el('li', {}, b);
    }))));

  function walk(e, n) {
    const at = places.findIndex((p) => p.n === n);
    const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: places.length - 1 }[e.key];
    if (to === undefined || !places[to]) return;
    e.preventDefault();
    buttons[places[to].n].focus();
  }

  function pick(n) {
    const layer = way.gates[n].layer;
    change({ gate: state.gate === layer ? '' : layer });
    update();
  }

  // update draws what the state says: in place, so that the focus stays.
  function update() {
    const trial = trialOf(way, state.on);
    const before = way.trials[0];
    places.forEach(({ n, group }, at) => {
      const b = buttons[n];
      const layer = way.gates[n].layer;
      const v = trial ? trial.v[n] : 2;
      const word = trial ? verdicts[v] : 'not computed';
      const was = trial && v !== before.v[n] ? verdicts[before.v[n]] : '';
      const open = state.gate === layer;
      b.className = 'gate ' + verdictClass[v] + (was ? ' changed' : '') + (open ? ' open' : '');
      b.setAttribute('aria-expanded', String(open));
      b.replaceChildren(sign(v), el('span', { class: 'layer' }, unseen('gate ' + (at + 1) + ' of ' + places.length + ', '), layer, unseen(group.account ? ', account ' + group.account + ', ' : ', ')),
        el('span', { class: 'word' }, word), was ? el('span', { class: 'was' }, unseen(', '), 'was: ' + was) : '');
    });
    outcome.className = 'outcome ' + (!trial ? 'unknown' : { yes: 'passes', no: 'blocks' }[trial.passes] || 'unknown');
    outcome.replaceChildren(sign(!trial ? 2 : { yes: 1, no: 3 }[trial.passes] || 2), el('span', {}, told(way, trial, state.on)));
    panel.replaceChildren(...inside(way, trial, way.gates.findIndex((g) => g.layer === state.gate)).flat());
    for (const s of switches.querySelectorAll('[role=switch]')) s.setAttribute('aria-checked', String(state.on.includes(Number(s.dataset.step))));
  }

  const switches = drawSwitches(d, update);
  const picture = el('div', { class: 'way' }, el('ol', { class: 'parties' }, groups), outcome, panel, switches);
  update();
  return picture;
}

function drawSwitches(d, update) {
  const way = d.way;
  if (way.trials.length < 2) return el('div', { class: 'switches' }, way.why && el('p', { class: 'dim' }, way.why));
  const can = new Set(way.trials.flatMap((t) => t.steps));
  const flip = (on) => {
    change({ on });
    update();
    say(told(way, trialOf(way, on), on));
  };
  const items = d.remedy.steps.map((s, n) => el('li', {}, can.has(n)
    ? el('button', { type: 'button', role: 'switch', class: 'switch', 'aria-checked': 'false', 'data-step': n, on: { click: () => flip(state.on.includes(n) ? state.on.filter((m) => m !== n) : [...state.on, n].sort((a, b) => a - b)) } },
      el('span', { class: 'knob', 'aria-hidden': 'true' }), el('span', {}, (n + 1) + '. ', s.account && el('span', { class: 'account' }, 'account ' + s.account + ': '), s.title))
    : el('p', { class: 'dim' }, (n + 1) + '. ' + s.title + ' (cannot be tried on what was read)')));
  const last = way.trials[way.trials.length - 1].steps;
  return el('div', { class: 'switches' }, el('h4', {}, 'Try the changes'),
    el('p', { class: 'dim' }, 'Each combination was decided on the evidence of this finding; nothing is changed by it.' + (way.some ? ' Not every combination was: each change alone, the first ones together, and all.' : '')),
    el('ol', { class: 'plainlist' }, items),
    el('p', {}, el('button', { type: 'button', on: { click: () => flip(last) } }, last.length > 1 ? 'All changes' : 'With the change'), ' ', el('button', { type: 'button', on: { click: () => flip([]) } }, 'None')));
}

// inside says why a gate says what it says.
function inside(way, trial, n) {
  if (n < 0) return [];
  if (!trial) return [el('p', {}, 'What this check says with these changes was not computed.')];
  const checks = trial.checks.map((c) => way.checks[c]).filter((c) => c.gate === n);
  const v = trial.v[n];
  const list = checks.map((c) => el('div', { class: 'check' },
    el('p', {}, sign(c.v), ' ', el('strong', {}, verdicts[c.v]), ' ', el('code', {}, c.action), c.resource && [' on ', el('code', {}, c.resource)], c.account && el('span', { class: 'dim' }, ' (account ' + c.account + ')')),
    c.why && el('p', { class: 'why' }, c.why),
    c.aws && el('blockquote', {}, el('span', { class: 'dim' }, 'AWS says: '), c.aws),
    (c.statements || []).map((s) => drawStatement(way.statements[s])),
    c.more && el('p', { class: 'dim' }, 'and ' + plural(c.more, 'more statement'))));
  return [el('h4', {}, sign(v), way.gates[n].layer, ': ', verdicts[v]), list.length ? list : el('p', {}, 'This check has no part in the request.')];
}

// drawStatement shows a statement with what decides marked, and what the request has in
// its place under it.
function drawStatement(s) {
  const lines = [];
  (s.lines || []).forEach((l, i, list) => {
    if (!l.to) {
      lines.push(el('span', { class: 'line' }, l.t, l.matches && el('span', { class: 'matches' }, 'matches')));
      return;
    }
    const from = l.from || 0;
    lines.push(el('span', { class: 'line' }, l.t.slice(0, from), el('mark', {}, l.t.slice(from, l.to)), l.t.slice(l.to)));
    if (list[i + 1] && list[i + 1].to) return; // its next line is marked too
    const pad = ' '.repeat(from);
    if (s.label) lines.push(el('span', { class: 'line label' }, pad + s.label));
    if (s.beside) lines.push(el('span', { class: 'line beside' }, s.name.length < from ? s.name.padEnd(from) : s.name + ' ', el('b', {}, s.beside)));
  });
  return el('figure', { class: 'statement' }, el('figcaption', {}, s.place),
    lines.length ? el('pre', { tabindex: 0, role: 'group', 'aria-label': s.place }, lines) : el('p', {}, s.label, s.beside && [' ', s.name, ' ', el('b', {}, s.beside)]),
    s.note && el('p', { class: 'note' }, s.note));
}
