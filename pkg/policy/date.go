package policy

import (
	"cmp"
	"strconv"
	"time"
)

// dates is the values of the Date operators, in microseconds since 1970.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Date
type dates struct {
	relation relation
	wanted   []int64
}

func newDates(values []string, r relation) (m *dates, problem string) {
	m = &dates{relation: r, wanted: make([]int64, len(values))}
	for i, v := range values {
		var ok bool
		if m.wanted[i], ok = parseDate(v); !ok {
			problem = quoted(v) + " is no date"
		}
	}
	return m, problem
}

func (m *dates) match(_ *Context, value string) Truth {
	got, ok := parseDate(value)
	if !ok {
		return Unknown
	}
	for _, want := range m.wanted {
		if m.relation.holds(cmp.Compare(got, want)) {
			return Yes
		}
	}
	return No
}

func (m *dates) takes(value string) bool {
	_, ok := parseDate(value)
	return ok
}

// parseDate reads "one of the W3C implementations of the ISO 8601 date formats or
// epoch (UNIX) time", which is in seconds. Four digits could be either, and are
// none.
//
// https://www.w3.org/TR/NOTE-datetime
func parseDate(s string) (micros int64, ok bool) {
	if d, ok := parseDecimal(s); ok {
		if len(s) == 4 && digits(s) || len(d.whole) > 12 {
			return 0, false
		}
		seconds, _ := strconv.ParseInt("0"+d.whole, 10, 64)                  // 12 digits
		fraction, _ := strconv.ParseInt((d.fraction + "000000")[:6], 10, 64) // 6 digits
		if micros = seconds*1e6 + fraction; d.negative {
			micros = -micros
		}
		return micros, true
	}
	for _, layout := range [...]string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", time.DateOnly, "2006-01"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UnixMicro(), true
		}
	}
	return 0, false
}
