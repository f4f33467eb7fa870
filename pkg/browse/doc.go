// Package browse is a browser of findings for a terminal, without the terminal: a model
// that takes keys and answers and says what is to be done and what the screen shows. It
// reads no clock, file, network or terminal, so that a test is a sequence of keys and a
// screen.
//
// Whoever drives it hands it messages ([Key], [Paste], [Resize], [Loaded], [Got],
// [Changed]), carries out the effects that come back ([Load], [Get], [Set], [Copy],
// [Quit]) beside it, and hands in what came of them.
package browse
