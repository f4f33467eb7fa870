package policy

import "strings"

// condition is one operator on one key with its values, of which one must match.
type condition struct {
	operator operator
	name     string // as written
	key      string // as written
	folded   string
	values   []string // as written
	wanted   matcher
	isNull   bool // of Null
	// unclear says what is not understood of it; it then holds neither nor not.
	unclear string
}

// matcher is the values of a condition, compiled for its operator.
type matcher interface {
	// match says whether a value of the key matches one of the values.
	match(ctx *Context, value string) Truth
}

// compile compiles a condition. before are those in front of it in its statement.
// It returns what is not understood.
func (c *condition) compile(vars variables, before []condition) (problem string) {
	c.folded = strings.ToLower(c.key)
	var ok bool
	c.operator, ok = parseOperator(c.name)
	if !ok {
		c.unclear = "unknown operator"
		return c.unclear
	}
	for i := range before {
		if before[i].name == c.name && before[i].folded == c.folded {
			c.unclear = "the key stands twice, in different case"
			before[i].unclear = c.unclear
			return c.unclear
		}
	}
	switch c.operator.compares {
	case compareString:
		c.wanted, problem = newTexts(c.values, wildNone, vars)
	case compareFolded:
		c.wanted, problem = newFolded(c.values, vars)
	case compareLike:
		c.wanted, problem = newTexts(c.values, wildText, vars)
	case compareARN:
		c.wanted, problem = newARNs(c.values, vars)
	case compareBool:
		c.wanted, problem = newBooleans(c.values, vars)
	case compareNumber:
		c.wanted, c.unclear = newNumbers(c.values, c.operator.relation)
	case compareDate:
		c.wanted, c.unclear = newDates(c.values, c.operator.relation)
	case compareIP:
		c.wanted, c.unclear = newNetworks(c.values)
	case compareBinary:
		c.wanted, c.unclear = newBlobs(c.values)
	case compareNull:
		if len(c.values) != 1 {
			c.unclear = "Null takes one value"
		} else if c.isNull, ok = boolean(c.values[0]); !ok {
			c.unclear = quoted(c.values[0]) + " is neither true nor false"
		}
	}
	if len(c.values) == 0 && c.operator.negated && c.operator.over == single && !c.operator.ifExists {
		// "There are no values … the policy statement provides no permissions" does
		// not fit an operator that holds where nothing matches.
		c.unclear = "no values"
	}
	if c.unclear != "" {
		return c.unclear
	}
	return problem
}

// eval says whether the condition holds.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
func (c *condition) eval(ctx *Context) Truth {
	o := &c.operator
	if c.unclear != "" {
		return Unknown
	}
	if o.compares == compareNull && o.over != single {
		// "When you use the Null condition operator with ForAllValues, the statement
		// always returns true. When you use [it] with ForAnyValue, [it] always returns
		// false."
		//
		// https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
		return Of(o.over == forAll)
	}
	v := ctx.lookup(c.folded)
	if v.State == NotKnown {
		return Unknown
	}
	switch {
	case o.compares == compareNull:
		return c.evalNull(v)
	case len(c.values) == 0:
		// "The ForAllValues prefix [or the IfExists suffix] with an empty condition key
		// matches only if the key is missing", with ForAnyValue or neither never.
		return Of(v.missing() && (o.over == forAll || o.over == single && o.ifExists))
	case o.over == forAll:
		return c.evalAll(ctx, v.Values)
	case o.over == forAny:
		// False for a missing key in either polarity. The IfExists behind a set
		// operator asks of each value whether it is there, and changes nothing.
		t := No
		for _, value := range v.Values {
			t = t.Or(c.one(ctx, value))
		}
		return t
	case v.missing():
		return Of(o.ifExists || o.negated)
	case len(v.Values) > 1:
		// "Multivalued context keys require a condition set operator." What comes of
		// it without one is not said.
		return Unknown
	}
	return c.one(ctx, v.Values[0])
}

// evalAll is true for a missing key and an empty set, in either polarity, and for
// "a null data set, such as an empty string".
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
func (c *condition) evalAll(ctx *Context, values []string) Truth {
	t, empty := Yes, true
	for _, value := range values {
		t = t.And(c.one(ctx, value))
		empty = empty && value == ""
	}
	if empty {
		return Yes
	}
	return t
}

// evalNull says whether the key is there, or not, as Null wants. "false" wants "the
// key exists and its value is not null"; whether the empty string is, is not said
// here, but elsewhere that it is "null data".
func (c *condition) evalNull(v Value) Truth {
	if len(v.Values) == 1 && v.Values[0] == "" {
		return Unknown
	}
	return Of(c.isNull == v.missing())
}

// one says whether a value of the key satisfies the condition: it matches one of
// the condition's values, or, negated, none.
func (c *condition) one(ctx *Context, value string) Truth {
	t := c.wanted.match(ctx, value)
	if c.operator.negated {
		return t.Not()
	}
	return t
}

// doubt says why a condition is Unknown although its keys are known. It is empty if
// a key or a variable that is not known is the reason.
func (c *condition) doubt(ctx *Context) string {
	if c.unclear != "" {
		return c.unclear
	}
	values := ctx.lookup(c.folded).Values
	switch {
	case c.operator.over == single && len(values) > 1 && c.operator.compares != compareNull:
		return "the request has several values, and the operator is for one"
	case len(values) == 1 && values[0] == "" && c.operator.compares == compareNull:
		return "whether the empty string is null is not documented"
	}
	for _, v := range values {
		if t, ok := c.wanted.(typed); ok && !t.takes(v) {
			return "the value in the request is not of the operator's type"
		}
		patterns := c.patterns()
		for i := range patterns {
			p := &patterns[i]
			match := p.match
			if o := c.operator.compares; o == compareFolded || o == compareBool {
				match = p.matchFolded
			}
			if what := p.doubt(ctx, match(ctx, v)); what != "" {
				return what
			}
		}
	}
	return ""
}

// patterns returns the values of an operator that takes variables.
func (c *condition) patterns() []pattern {
	switch m := c.wanted.(type) {
	case texts:
		return m
	case folded:
		return m
	case booleans:
		return m
	case arns:
		return m
	}
	return nil
}

// typed is a matcher that not every value can be compared with.
type typed interface {
	takes(value string) bool
}
