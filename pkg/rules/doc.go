// Package rules decides which denials nobody needs to hear of: the ignore rules of the
// operator, and a profile of known noise. It decides on plain values and keeps no count:
// a decision names the rule, and whoever asked counts it.
//
// What may be an attack cannot be ignored wholesale. A denial that an explicit deny made,
// of a requester outside the operator's accounts, of nobody, or that is part of probing
// has a Guard, and then only a rule that names exactly that principal, bucket and cause
// applies.
package rules
