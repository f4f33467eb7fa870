package diagnosis

import (
	"bytes"
	"encoding/json"
	"strings"
)

// diff writes what changes in a document, line by line of its indented form: lines
// that go behind -, lines that come behind +, and the lines around them.
func diff(before, after json.RawMessage) string {
	a, b := lines(before), lines(after)
	if len(a)*len(b) > 4_000_000 {
		return "" // larger than any policy AWS takes
	}
	// How many lines a[i:] and b[k:] have in common, in order.
	common := make([][]int, len(a)+1)
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for k := len(b) - 1; k >= 0; k-- {
			if a[i] == b[k] {
				common[i][k] = common[i+1][k+1] + 1
			} else {
				common[i][k] = max(common[i+1][k], common[i][k+1])
			}
		}
	}
	var all []string
	i, k := 0, 0
	for i < len(a) || k < len(b) {
		switch {
		case i < len(a) && k < len(b) && a[i] == b[k]:
			all = append(all, "  "+a[i])
			i, k = i+1, k+1
		case k == len(b) || i < len(a) && common[i+1][k] >= common[i][k+1]:
			all = append(all, "- "+a[i])
			i++
		default:
			all = append(all, "+ "+b[k])
			k++
		}
	}
	return strings.Join(around(all), "\n")
}

// around keeps the lines that change, and three before and behind each.
func around(all []string) []string {
	const keep = 3
	wanted := make([]bool, len(all))
	for i, l := range all {
		if l[0] == ' ' {
			continue
		}
		for k := max(0, i-keep); k <= min(len(all)-1, i+keep); k++ {
			wanted[k] = true
		}
	}
	var out []string
	for i, l := range all {
		switch {
		case wanted[i]:
			out = append(out, l)
		case i > 0 && wanted[i-1]:
			out = append(out, "  …")
		}
	}
	return out
}

func lines(doc json.RawMessage) []string {
	if len(doc) == 0 {
		return nil
	}
	var b bytes.Buffer
	if json.Indent(&b, doc, "", "  ") != nil {
		return []string{string(doc)}
	}
	return strings.Split(b.String(), "\n")
}
