// Package redact makes a case fit to be shown to somebody outside: names, ids and
// addresses are replaced by others, the same by the same everywhere, and what the case
// decides stays what it was.
//
// A text is replaced word by word, so that what is equal stays equal, a path stays a
// path and a pattern matches what it matched: `team-*` becomes `xbbbd-*` where team-a
// becomes xbbbd-xbbbb. What AWS itself wrote (actions, condition keys, services,
// regions, the names of its own policies) stays.
//
// Nothing is taken on trust: the case is diagnosed before and after, the two diagnoses
// must be the same but for the names, and no word that was replaced may be left. Where
// that is not so, there is an error that names what is in the way, and no case.
package redact
