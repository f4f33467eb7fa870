// Package recheck decides the requests of open findings again: when something changed that
// they were decided by, and from time to time.
//
// A finding is resolved only if its request would be allowed now, with everything known
// that decides it, and if something is known to have changed since. Whatever is unknown
// leaves it open, and nothing is said.
package recheck
