// One finding, opened.

const block = (title, ...kids) => el('section', { class: 'block' }, el('h3', {}, title), kids);

function drawFinding(r, d) {
  const at = current.findIndex((x) => x.id === r.id);
  const step = (label, to) => (current[to] ? el('a', { class: 'button', href: written({ ...state, f: current[to].id, gate: '', on: [] }) }, label) : null);
  const title = el('h2', { id: 'title', tabindex: -1 }, r.title);
  return [
    el('nav', { class: 'crumbs', 'aria-label': 'Findings' }, el('a', { class: 'button', id: 'back', href: written({ ...state, f: '', gate: '', on: [] }) }, 'All findings'), step('Previous', at - 1), step('Next', at + 1)),
    el('div', { class: 'head' }, title, el('p', { class: 'under' }, el('code', {}, d.id), el('span', { class: 'pill' }, d.seen.status), plural(d.seen.count, 'time') + (d.seen.about ? ' or fewer' : ''), d.seen.last && ', last ' + minute(d.seen.last) + ' UTC')),
    d.intended && el('p', { class: 'intended' }, el('strong', {}, 'Intended? '), d.intended),
    el('dl', { class: 'facts' }, d.facts.map((f) => [el('dt', {}, f.label), f.lines.map((l) => el('dd', {}, l))])),
    block('Checks', drawWay(d)),
    drawWhy(d),
    drawRemedy(d.remedy),
    drawOpen(d),
    drawSeen(d),
    block('Commands', d.commands.map((c) => el('div', { class: 'command' }, el('p', { class: 'dim' }, c.does), pasteable(c.line, 'command')))),
  ];
}

function drawWhy(d) {
  if (d.causes.length === 0) {
    return block('Why', el('p', {}, (d.outcome === 'unexplained' ? 'No cause found' : 'Cause not known yet') + (d.because ? ': ' + d.because : '')));
  }
  return block('Why', d.causes.map((c, n) => el('article', { class: 'cause' },
    el('h4', {}, sign(3), ' ', el('code', {}, c.id), ' ', el('span', { class: 'dim' }, c.confidence)),
    el('p', { class: 'summary' }, c.summary),
    el('p', { class: 'actor' }, 'must act: ', el('strong', {}, c.actor)),
    (c.aws || []).map((w) => el('blockquote', {}, el('span', { class: 'dim' }, 'AWS says: '), w)),
    c.statement && drawStatement(c.statement),
    also(c.others, 'so does', 'so do'),
    also(c.perhaps, 'may deny it too:', 'may deny it too:'),
    (c.facts || []).map((f) => el('p', { class: 'why' }, f)),
    c.needs && el('p', { class: 'why' }, 'to be sure, read ' + c.needs),
    el('p', { class: 'more' }, el('code', {}, c.explain), n === 0 && c.doc && [' ', el('a', { href: c.doc, rel: 'noreferrer' }, 'what AWS writes about it')]))));
}

function also(places, one, several) {
  if (!places || places.length === 0) return null;
  const most = 3;
  return el('p', { class: 'why' }, (places.length > 1 ? several : one) + ' ' + places.slice(0, most).join('; ') + (places.length > most ? ' and ' + (places.length - most) + ' more' : ''));
}

function drawRemedy(r) {
  if (r.steps.length === 0) return block('What to change', el('p', {}, r.because ? 'none: ' + r.because : 'none'));
  return block('What to change',
    r.if && el('p', {}, 'if ' + r.if + ':'),
    el('ol', { class: 'steps' }, r.steps.map(drawStep)),
    r.because && el('p', { class: 'proof ' + (r.verified ? 'passes' : 'unknown') }, sign(r.verified ? 1 : 2), el('span', {}, el('strong', {}, r.verified ? 'proven: ' : 'not proven: '), r.because)));
}

function drawStep(s) {
  const changed = (s.diff || '').split('\n').map((l) => el('span', { class: 'line ' + ({ '+': 'added', '-': 'removed' }[l[0]] || '') }, l));
  return el('li', {},
    el('p', { class: 'step' }, s.account && el('strong', {}, 'account ' + s.account + ': '), s.title),
    s.patch && pasteable(s.patch, s.kind === 'add-statement' || s.kind === 'replace-statement' ? 'statement' : 'change'),
    s.caution && el('p', { class: 'note' }, s.caution),
    s.diff && el('details', {}, el('summary', {}, 'Difference to the policy as it is'), el('pre', { tabindex: 0, role: 'group', 'aria-label': 'difference' }, changed)),
    s.commands && el('details', {}, el('summary', {}, 'Commands'), s.commands.map((c) => (c.say ? el('p', { class: 'dim' }, c.say) : pasteable(c.run, 'command')))),
    s.terraform && el('details', {}, el('summary', {}, 'Terraform'), pasteable(s.terraform, 'Terraform')),
    s.alone && el('p', { class: 'dim' }, 'alone: ' + s.alone));
}

function drawOpen(d) {
  if (d.open.length === 0 && d.failed.length === 0) return null;
  return block('What is not known',
    d.possible && el('p', {}, d.possible),
    d.open.map((o) => el('div', { class: 'possible' },
      el('p', {}, o.needs ? ['to tell, read ', el('code', {}, o.needs)] : 'nothing to read in AWS; look at the request itself'),
      el('ul', { class: 'plainlist' }, o.causes.map((c) => el('li', {}, sign(2), el('span', {}, el('code', {}, c.id), ': ' + c.because, c.fix && el('span', { class: 'dim' }, ' If so: ' + c.fix))))))),
    d.failed.map((f) => el('p', { class: 'why' }, f)));
}

function drawSeen(d) {
  const s = d.seen;
  const rows = [['Status', [s.status]], ['Seen', [plural(s.count, 'time') + (s.about ? ' (some may be counted twice)' : ''), s.first && 'first ' + minute(s.first) + ', last ' + minute(s.last) + ' UTC'].filter(Boolean)],
    ['Causes', s.causes.map((c) => c.cause + ', ' + plural(c.count, 'time') + (c.last ? ', last ' + minute(c.last) + ' UTC' : '') + (c.statement ? ': ' + c.statement : ''))]];
  if (s.prefixes) rows.push(['Keys under', s.prefixes.map((p) => (p.prefix || 'no prefix') + ', ' + plural(p.count, 'time'))]);
  if (s.announced && s.announced.length) rows.push(['Alerts', ['sent for ' + s.announced.join(', ')]]);
  if (s.history) {
    rows.push(['History', s.history.map((h) => [minute(h.at), h.status, h.by && 'by ' + h.by, h.how, h.until && 'until ' + minute(h.until), h.reason && ': ' + h.reason].filter(Boolean).join(' ').replace(' :', ':'))]);
  }
  const head = ['Time, UTC', 'Call', 'Key', 'From', 'Event'];
  const samples = s.samples && el('details', {}, el('summary', {}, (s.mostKept ? 'The first ' : '') + plural(s.samples.length, 'sample')),
    el('div', { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': 'samples' }, el('table', { class: 'samples' }, el('thead', {}, el('tr', {}, head.map((h) => el('th', { scope: 'col' }, h)))),
      el('tbody', {}, s.samples.map((o) => el('tr', {}, [o.time ? iso(o.time).slice(0, 19).replace('T', ' ') : '-', o.operation || '-', o.key || '-', o.address || '-', o.id || '-'].map((v) => el('td', {}, v))))))));
  return block('Seen', el('dl', { class: 'facts' }, rows.map(([label, lines]) => [el('dt', {}, label), lines.map((l) => el('dd', {}, l))])), samples);
}
