// The overview: how much of what there is, each a filter.

const mostBars = 6;

function tally(list, keys) {
  const counts = new Map();
  for (const r of list) {
    for (const k of keys(r)) {
      const c = counts.get(k) || { key: k, findings: 0, denials: 0 };
      c.findings++;
      c.denials += r.count;
      counts.set(k, c);
    }
  }
  return [...counts.values()].sort((a, b) => b.denials - a.denials || (a.key < b.key ? -1 : 1));
}

function set(filter, value) {
  change({ [filter]: state[filter] === value ? '' : value, page: 1 });
  drawList();
}

function tile(filter, value, label, matched) {
  const n = matched.without(filter).reduce((n, r) => n + (has[filter](r, value) ? 1 : 0), 0);
  return el('button', { type: 'button', class: 'tile', 'aria-pressed': String(state[filter] === value), 'data-key': filter + '=' + value, on: { click: () => set(filter, value) } },
    el('strong', {}, number.format(n)), ' ', el('span', {}, label));
}

function bars(title, filter, matched, keys) {
  const list = tally(matched.without(filter), keys);
  const most = Math.max(1, ...list.map((c) => c.denials));
  const shown = list.slice(0, mostBars);
  const picked = list.findIndex((c) => c.key === state[filter]);
  if (picked >= mostBars) shown[mostBars - 1] = list[picked];
  const items = shown.map((c) => {
    const rect = svg('rect', { height: 4, width: Math.max(1, (100 * c.denials) / most), rx: 1 });
    return el('li', {}, el('button', { type: 'button', class: 'bar', 'aria-pressed': String(state[filter] === c.key), 'data-key': filter + '=' + c.key, title: c.key + ': ' + plural(c.denials, 'denial') + ' in ' + plural(c.findings, 'finding'), on: { click: () => set(filter, c.key) } },
      el('span', { class: 'name' }, c.key), el('span', { class: 'n' }, number.format(c.denials), unseen(' denials in ' + plural(c.findings, 'finding'))),
      svg('svg', { viewBox: '0 0 100 4', preserveAspectRatio: 'none', 'aria-hidden': 'true', focusable: 'false' }, svg('rect', { class: 'rail', height: 4, width: 100, rx: 1 }), rect)));
  });
  return el('section', { class: 'chart' }, el('h3', {}, title), el('ol', {}, items),
    list.length > shown.length && el('p', { class: 'dim' }, 'and ' + number.format(list.length - shown.length) + ' more'),
    list.length === 0 && el('p', { class: 'dim' }, 'none'));
}

// days is when findings were seen first and last: how often in between, a finding does
// not say.
function days(list) {
  const day = 86400;
  const times = list.filter((r) => r.first && r.last);
  if (times.length === 0) return el('section', { class: 'chart wide' }, el('h3', {}, 'Findings over time'), el('p', { class: 'dim' }, 'no times are known'));
  const begin = Math.floor(times.reduce((m, r) => Math.min(m, r.first), Infinity) / day);
  const end = Math.floor(times.reduce((m, r) => Math.max(m, r.last), 0) / day);
  const step = Math.max(1, Math.ceil((end - begin + 1) / 60));
  const slots = Array.from({ length: Math.ceil((end - begin + 1) / step) }, () => [0, 0]);
  for (const r of times) {
    slots[Math.floor((Math.floor(r.first / day) - begin) / step)][0]++;
    slots[Math.floor((Math.floor(r.last / day) - begin) / step)][1]++;
  }
  const most = Math.max(1, ...slots.flat());
  const w = 600 / Math.max(slots.length, 12);
  const date = (n) => iso((begin + n * step) * day).slice(0, 10);
  const of = step === 1 ? 'a day' : 'in ' + step + ' days';
  const drawn = slots.map(([first, last], n) => svg('g', {}, svg('title', {}, date(n) + ': ' + first + ' seen first, ' + last + ' seen last'),
    svg('rect', { class: 'first', x: n * w + w * 0.12, width: w * 0.36, y: 70 - (66 * first) / most, height: (66 * first) / most }),
    svg('rect', { class: 'last', x: n * w + w * 0.52, width: w * 0.36, y: 70 - (66 * last) / most, height: (66 * last) / most })));
  const table = el('table', { class: 'unseen' }, el('caption', {}, 'Findings ' + of + ', seen first and seen last'),
    el('thead', {}, el('tr', {}, ['From', 'Seen first', 'Seen last'].map((h) => el('th', { scope: 'col' }, h)))),
    el('tbody', {}, slots.map(([a, b], n) => el('tr', {}, el('th', { scope: 'row' }, date(n)), el('td', {}, a), el('td', {}, b)))));
  return el('section', { class: 'chart wide' }, el('h3', {}, 'Findings over time'),
    svg('svg', { viewBox: '0 0 600 71', class: 'days', preserveAspectRatio: 'none', 'aria-hidden': 'true', focusable: 'false' }, svg('path', { class: 'axis', d: 'M0 70.5h600' }), drawn),
    el('p', { class: 'legend dim' }, el('span', { class: 'key first' }), 'seen first ', el('span', { class: 'key last' }), 'seen last, ' + of + ' at most ' + number.format(most), el('span', { class: 'range' }, date(0) + ' to ' + iso(end * day).slice(0, 10))),
    table);
}

// drawn is what the overview shows: turning pages does not change it.
let drawn = '';

function drawOverview(matched) {
  const shows = [state.q, ...filters.map((f) => state[f])].join('\n');
  const box = byId('overview');
  if (drawn === shows && box.firstChild) return;
  drawn = shows;
  const focused = document.activeElement && box.contains(document.activeElement) ? document.activeElement.dataset.key : '';
  const statuses = ['open', 'acknowledged', 'suppressed', 'resolved'].filter((s) => rows.some((r) => r.status === s));
  const tiles = el('div', { class: 'tiles' },
    statuses.map((s) => tile('status', s, s, matched)),
    tile('fix', 'proven', 'with a proven change', matched),
    tile('cause', 'UNDETERMINED', 'cause not known', matched),
    tile('ask', 'yes', 'perhaps intended', matched));
  box.replaceChildren(el('h2', { class: 'unseen' }, 'Overview'), tiles, el('div', { class: 'charts' },
    days(matched.through),
    bars('Denials by cause', 'cause', matched, (r) => r.causes),
    bars('By account that must act', 'account', matched, (r) => r.accounts),
    bars('By bucket', 'bucket', matched, (r) => [r.place]),
    bars('By requester', 'who', matched, (r) => [r.asker])));
  if (focused) {
    const again = [...box.querySelectorAll('button')].find((b) => b.dataset.key === focused);
    if (again) again.focus();
  }
}
