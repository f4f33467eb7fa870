package auditor

import (
	"reflect"
	"testing"
	"time"

	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// named are the fields of a denial that only name it, or say when it was.
var named = map[string]bool{"EventID": true, "SharedEventID": true, "RequestID": true, "Time": true, "Record": true}

// TestQuestion changes each field that a denial has, those of its parts too: two denials
// that differ in more than their names never share an answer.
func TestQuestion(t *testing.T) {
	base := func() *trail.Denial {
		return &trail.Denial{
			Authorizations: []evidence.Authorization{{}},
			Context:        evidence.Context{{Name: "s3:prefix", State: evidence.KeyPresent, Values: []string{"a"}}},
		}
	}
	before, changed := new(hasher).question(base()), 0
	var walk func(path string, get func(*trail.Denial) reflect.Value)
	walk = func(path string, get func(*trail.Denial) reflect.Value) {
		v := get(base())
		if v.Kind() == reflect.Struct && v.Type() != reflect.TypeFor[time.Time]() {
			for i := range v.NumField() {
				walk(path+"."+v.Type().Field(i).Name, func(d *trail.Denial) reflect.Value { return get(d).Field(i) })
			}
			return
		}
		if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct {
			walk(path+"[0]", func(d *trail.Denial) reflect.Value { return get(d).Index(0) })
			return
		}
		d := base()
		switch v := get(d); v.Kind() {
		case reflect.String:
			v.SetString("changed")
		case reflect.Bool:
			v.SetBool(!v.Bool())
		case reflect.Uint8:
			v.SetUint(uint64(evidence.KeyAbsent))
		case reflect.Slice:
			if v.Type().Elem().Kind() == reflect.String {
				v.Set(reflect.ValueOf([]string{"changed"}))
			} else {
				v.SetBytes([]byte("changed"))
			}
		case reflect.Struct:
			v.Set(reflect.ValueOf(time.Unix(1, 0)))
		default:
			t.Fatalf("%s is of kind %s, which this test cannot change", path, v.Kind())
		}
		changed++
		// The id of a decision of AWS's stands in the message, whose text counts.
		same := named[path[1:]] || path == ".Message.AuthorizationID"
		if got := new(hasher).question(d) == before; got != same {
			t.Errorf("with another %s: the same question: %t, want %t", path[1:], got, same)
		}
	}
	walk("", func(d *trail.Denial) reflect.Value { return reflect.ValueOf(d).Elem() })
	if changed < 45 {
		t.Errorf("only %d fields were changed", changed)
	}
}

func TestQuestionOfTime(t *testing.T) {
	at := func(name, value string) *trail.Denial {
		return &trail.Denial{Context: evidence.Context{{Name: name, State: evidence.KeyPresent, Values: []string{value}}}}
	}
	for _, name := range []string{"aws:CurrentTime", "aws:EpochTime"} {
		if new(hasher).question(at(name, "1")) != new(hasher).question(at(name, "2")) {
			t.Errorf("%s is part of the question", name)
		}
	}
	if new(hasher).question(at("aws:TokenIssueTime", "1")) == new(hasher).question(at("aws:TokenIssueTime", "2")) {
		t.Error("aws:TokenIssueTime is not part of the question")
	}
}

func TestFair(t *testing.T) {
	got := fair([]string{"a1", "a2", "a3", "b1", "c1", "b2"}, func(s string) string { return s[:1] })
	if want := []string{"a1", "b1", "c1", "a2", "b2", "a3"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
