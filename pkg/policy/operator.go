package policy

import "strings"

// comparison is what an operator compares.
type comparison uint8

const (
	compareString comparison = iota
	compareFolded            // IgnoreCase
	compareLike
	compareNumber
	compareDate
	compareBool
	compareBinary
	compareIP
	compareARN
	compareNull
)

// relation is how numbers and dates are compared.
type relation uint8

const (
	equal relation = iota
	less
	lessOrEqual
	greater
	greaterOrEqual
)

// holds reports whether the relation holds, given the order of the two: below 0,
// 0, or above 0.
func (r relation) holds(order int) bool {
	switch r {
	case equal:
		return order == 0
	case less:
		return order < 0
	case lessOrEqual:
		return order <= 0
	case greater:
		return order > 0
	default:
		return order >= 0
	}
}

// quantifier is the set operator in front of an operator.
type quantifier uint8

const (
	single quantifier = iota
	forAll
	forAny
)

// operator is a condition operator.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
type operator struct {
	compares comparison
	relation relation
	over     quantifier
	negated  bool
	ifExists bool
}

// parseOperator reads the name of an operator. No page says whether its case
// counts; but AWS refuses to store a policy with an operator that it does not know,
// so what is read from AWS was one to it.
func parseOperator(name string) (o operator, ok bool) {
	n := strings.ToLower(name)
	if rest, ok := strings.CutPrefix(n, "forallvalues:"); ok {
		n, o.over = rest, forAll
	} else if rest, ok := strings.CutPrefix(n, "foranyvalue:"); ok {
		n, o.over = rest, forAny
	}
	n, o.ifExists = strings.CutSuffix(n, "ifexists")
	switch n {
	case "stringequals":
		o.compares = compareString
	case "stringnotequals":
		o.compares, o.negated = compareString, true
	case "stringequalsignorecase":
		o.compares = compareFolded
	case "stringnotequalsignorecase":
		o.compares, o.negated = compareFolded, true
	case "stringlike":
		o.compares = compareLike
	case "stringnotlike":
		o.compares, o.negated = compareLike, true
	case "numericequals":
		o.compares, o.relation = compareNumber, equal
	case "numericnotequals":
		o.compares, o.relation, o.negated = compareNumber, equal, true
	case "numericlessthan":
		o.compares, o.relation = compareNumber, less
	case "numericlessthanequals":
		o.compares, o.relation = compareNumber, lessOrEqual
	case "numericgreaterthan":
		o.compares, o.relation = compareNumber, greater
	case "numericgreaterthanequals":
		o.compares, o.relation = compareNumber, greaterOrEqual
	case "dateequals":
		o.compares, o.relation = compareDate, equal
	case "datenotequals":
		o.compares, o.relation, o.negated = compareDate, equal, true
	case "datelessthan":
		o.compares, o.relation = compareDate, less
	case "datelessthanequals":
		o.compares, o.relation = compareDate, lessOrEqual
	case "dategreaterthan":
		o.compares, o.relation = compareDate, greater
	case "dategreaterthanequals":
		o.compares, o.relation = compareDate, greaterOrEqual
	case "bool":
		o.compares = compareBool
	case "binaryequals":
		o.compares = compareBinary
	case "ipaddress":
		o.compares = compareIP
	case "notipaddress":
		o.compares, o.negated = compareIP, true
	case "arnequals", "arnlike":
		o.compares = compareARN
	case "arnnotequals", "arnnotlike":
		o.compares, o.negated = compareARN, true
	case "null":
		// "The Null condition operator cannot be used with the IfExists suffix."
		o.compares = compareNull
		return o, !o.ifExists
	default:
		return operator{}, false
	}
	return o, true
}
