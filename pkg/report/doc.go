// Package report writes findings as one HTML file that needs no network: an overview, a
// table to sort and filter, and for each finding the way of its request through the
// checks, with switches for the steps of the remedy.
//
// The page's own program is in page/, and puts foreign text into the page as text only.
// The findings stand in it as data, cleaned of what a reader could not see. A content
// security policy allows that program by its hash and nothing else, no network least of
// all.
package report
