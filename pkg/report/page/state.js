// The state of the page, which is kept in its address: what is filtered, sorted, open.

const all = JSON.parse(byId('data').textContent);
const rows = all.rows;
rows.forEach((r, n) => {
  r.n = n;
  r.asker = r.of ? r.who + ', ' + r.of : r.who;
  r.lower = [r.id, r.status, r.title, r.why, r.who, r.of, r.place, r.class, ...r.causes, ...r.accounts].join('\n').toLowerCase();
});

const filters = ['status', 'cause', 'account', 'bucket', 'who', 'fix', 'ask'];
const has = {
  status: (r, v) => r.status === v,
  cause: (r, v) => r.causes.includes(v),
  account: (r, v) => r.accounts.includes(v),
  bucket: (r, v) => r.place === v,
  who: (r, v) => r.asker === v,
  fix: (r, v) => r.fix === v,
  ask: (r) => Boolean(r.intended),
};

let state = read();

function read() {
  const p = new URLSearchParams(location.hash.slice(1));
  const s = { q: p.get('q') || '', sort: p.get('sort') || '-last', page: Math.max(1, Number(p.get('page')) || 1), f: p.get('f') || '', gate: p.get('gate') || '', on: [] };
  for (const f of filters) s[f] = p.get(f) || '';
  s.on = [...new Set((p.get('on') || '').split(',').filter((n) => /^\d{1,2}$/.test(n)).map((n) => Number(n) - 1))].sort((a, b) => a - b);
  return s;
}

function written(s) {
  const p = new URLSearchParams();
  if (s.f) p.set('f', s.f);
  if (s.f && s.gate) p.set('gate', s.gate);
  if (s.f && s.on.length) p.set('on', s.on.map((n) => n + 1).join(','));
  if (s.q) p.set('q', s.q);
  for (const f of filters) if (s[f]) p.set(f, s[f]);
  if (s.sort !== '-last') p.set('sort', s.sort);
  if (s.page > 1) p.set('page', String(s.page));
  return '#' + p.toString();
}

// change changes the state. What is opened by a link can be gone back from; a filter is
// no place to go back to.
function change(to) {
  state = { ...state, ...to };
  history.replaceState(null, '', written(state));
}

// matching are the rows that the filters let through, and by each filter those that all
// others do: with them a chart shows what else could be chosen. It goes once over the rows.
function matching() {
  const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
  const set = filters.filter((f) => state[f]);
  const through = [];
  const but = Object.fromEntries(set.map((f) => [f, []]));
  for (const r of inOrder()) {
    if (!words.every((w) => r.lower.includes(w))) continue;
    let failed = '';
    let fails = 0;
    for (const f of set) {
      if (!has[f](r, state[f])) {
        failed = f;
        if (++fails > 1) break;
      }
    }
    if (fails === 0) {
      through.push(r);
      for (const f of set) but[f].push(r);
    } else if (fails === 1) {
      but[failed].push(r);
    }
  }
  return { through, without: (f) => but[f] || through };
}

const sorts = {
  id: (r) => r.id,
  status: (r) => r.status,
  why: (r) => r.why,
  who: (r) => r.asker,
  place: (r) => r.place,
  count: (r) => r.count,
  last: (r) => r.last || 0,
  account: (r) => r.accounts.join(' '),
  fix: (r) => ['none', 'unproven', 'proven'].indexOf(r.fix),
};

// inOrder are all rows as they are sorted: sorted once for each order.
let ordered = { by: '', rows: [] };
function inOrder() {
  if (ordered.by === state.sort) return ordered.rows;
  const by = sorts[state.sort.replace('-', '')] || sorts.last;
  const sign = state.sort.startsWith('-') ? -1 : 1;
  const list = rows.map((r) => [by(r), r]).sort((a, b) => (a[0] < b[0] ? -sign : a[0] > b[0] ? sign : a[1].n - b[1].n)).map((x) => x[1]);
  ordered = { by: state.sort, rows: list };
  return list;
}

// details unpacks what is known of one finding.
const unpacked = new Map();
function details(n) {
  const block = Math.floor(n / all.block);
  if (!unpacked.has(block)) unpacked.set(block, unpack(byId('block-' + block).textContent));
  return unpacked.get(block).then((list) => list[n % all.block]);
}

async function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return JSON.parse(await new Response(stream).text());
}
