// Package scan runs the pipeline over past CloudTrail logs: many files, read side by
// side and streamed, in memory that does not grow with them.
//
// Files are given to the pipeline in the order in which they are listed, however many
// are read at once, so that a scan and its repetition see the same. What was recorded
// and which files that was are committed together: a scan that was interrupted, by
// whatever, goes on where it was, and counts nothing twice.
//
// What cannot be read is remembered with the reason, and loses nothing else.
package scan
