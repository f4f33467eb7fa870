// Package history says which CloudTrail records change what a denial was decided by, and
// which tell what a session was issued with, and under which names they are remembered.
//
// The package is pure; history/dynamo remembers them in the table of the findings.
package history
