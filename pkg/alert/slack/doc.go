// Package slack words alerts for chat: Block Kit for an incoming webhook of Slack, and
// the schema of custom notifications of Amazon Q Developer in chat applications.
//
// The package is pure; functions/slack posts. What it shows is read on a phone first:
// the cause and the sentence stand where a push notification ends, and each block can be
// left out without harm to those before it.
package slack
