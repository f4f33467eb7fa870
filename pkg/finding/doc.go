// Package finding groups denials into findings: one requester, one bucket (or
// VPC endpoint) and one class of action are one finding, however often it
// happens and whatever the causes turn out to be.
//
// The package is pure; where findings are kept is the matter of a Store:
// finding/local keeps them in a file, finding/dynamo in a DynamoDB table.
package finding
