// Package alert decides when people are told of a finding, and what: the subject
// and the plain text of a mail.
//
// The package is pure: the same finding gives the same words. How they are sent
// is the matter of the packages below it.
//
// Nearly every name in a denial was chosen by whoever was denied, so each passes
// package clean on its way into the text, and a line that holds one is always
// indented or labelled: no name can pose as a heading of the mail.
package alert
