// Package evidence holds what is known about one denial: the request, and the
// policies and settings of every account that could have decided it.
//
// A Case is both together, in one file. Everything that was read from AWS is a
// Read, which keeps three answers apart that are easily confused: AWS said what
// it is, AWS said that there is none, or AWS did not say. The zero Read was never
// read. Only the second of these means "none".
//
// The package is pure: it opens no file, calls no AWS API and reads no clock.
package evidence
