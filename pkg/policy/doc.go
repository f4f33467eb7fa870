// Package policy is the IAM policy language: it parses a document once, and says
// of each of its statements whether it matches a request, and why not.
//
// Answers have three values. A condition key, a resource or a part of the caller
// may be unknown, and then a statement that hangs on it is neither matched nor not:
// it is Unknown, with the keys that would settle it. Absent is not unknown.
//
// Every statement is evaluated, and every element of it: a match elsewhere hides
// nothing. The package does not decide requests; which statements count, and how
// the documents of several accounts combine, is the matter of its callers.
//
// A Policy is immutable and safe for concurrent use. Nothing here opens a file,
// calls a network or reads a clock: the time is a condition key like any other.
package policy
