// Package stack is what the functions of a deployed stack have in common: what the template
// sets in their environment, what they make of it, and how they answer.
package stack
