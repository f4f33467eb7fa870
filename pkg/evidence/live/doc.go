// Package live reads the evidence about a denial from AWS, from whichever account
// holds it.
//
// What to read follows from the decision itself: [Reader.Read] decides the request
// with what is known, reads what the checks that are not settled ask for, and decides
// again as answers arrive, until nothing that could be read would change anything. So
// nothing is read that cannot matter, and nothing that can is forgotten.
//
// An answer is a value, that there is none, or why it could not be had. A read that
// fails costs what it would have told, and nothing else.
//
// Everything in an event is written by somebody else: only accounts, regions and the
// partition that [Config] names are ever asked.
package live
