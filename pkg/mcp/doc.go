// Package mcp is a server of the Model Context Protocol: it lets an assistant ask what
// why403 knows of denials. It only reads.
//
// Whatever a request, a record or a policy says was written by somebody else, who may
// mean to speak to the assistant. Such text is in members named "untrusted" and nowhere
// else: cleaned for language models, cut, and without a way out of the fence that it
// stands in. The other members have words of this program alone, ids and numbers.
package mcp
