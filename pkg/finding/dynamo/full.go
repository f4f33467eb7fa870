package dynamo

import "sync"

// maxFull bounds of how many findings a store remembers the full items of events.
const maxFull = 64

// fullItem is an item of events that others follow. What it holds never changes: the
// events of a head are put into its item before the next item begins.
type fullItem struct {
	events  [][]byte
	expires int64
}

// fullItems are the full items that were read, by the beginning of their parts. They are
// not read again.
type fullItems struct {
	mu    sync.Mutex
	of    map[string][]fullItem // by number
	order []string              // the one that came first at the beginning
}

// get returns the full items of a finding that are known, from number 0 on.
func (c *fullItems) get(id string, t tally) []fullItem {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.of[id+"#"+t.prefix()]
	return known[:min(len(known), t.Item)]
}

// put remembers the next full items of a finding, if it knows those before.
func (c *fullItems) put(id string, t tally, first int, items []fullItem) {
	if len(items) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	name := id + "#" + t.prefix()
	if len(c.of[name]) != first {
		return // somebody else was quicker, or it was forgotten meanwhile
	}
	if c.of == nil {
		c.of = make(map[string][]fullItem)
	}
	if first == 0 {
		c.order = append(c.order, name)
		if len(c.order) > maxFull {
			delete(c.of, c.order[0])
			c.order = c.order[1:]
		}
	}
	c.of[name] = append(c.of[name][:first:first], items...)
}
