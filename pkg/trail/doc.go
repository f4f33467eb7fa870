// Package trail reads CloudTrail records and says what each one proves about an
// S3 denial: who asked, for what, which authorizations that needs, and what AWS
// itself gave as the reason.
//
// Three steps, each usable alone: a Scanner finds the JSON documents of a stream
// (one event, a log file, several of them), Parse takes one document out of its
// envelopes and reads its record, ParseMessage reads the text of a 403.
//
// Everything in a record is foreign text. Sizes, depth and counts are bounded
// before anything is parsed, credentials are dropped before anything else sees
// the record, and no field is trusted to be there or to have its type.
//
// The package is pure: no network, no files, no clock.
package trail
