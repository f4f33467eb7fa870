// Package awstest is for tests only: it stands in for AWS on the loopback
// interface, so that the real SDK and the real bootstrap binary can be
// exercised without an account.
//
//   - [StartMoto] runs a moto server, which emulates DynamoDB, SNS, SQS, STS,
//     IAM, S3 and more at the HTTP level.
//   - [BuildLambda] compiles a Lambda function for the machine the test runs
//     on, and [StartRuntimeAPI] runs the result against a local Lambda Runtime
//     API.
//   - [StartInbox] and [Moto.CreateTopicWithInbox] collect what was published
//     to SNS.
//   - [CreateFindingsTable] and [ScanTable] set up and read the findings table.
//
// What has a lifetime comes in two forms where sharing pays off: one that takes
// a testing.TB and cleans up after the test, and one for TestMain that returns
// an error ([LaunchMoto], [CompileLambda]). There is no cache behind either: to
// share a server or a binary, create it in a parent test or in TestMain.
//
// Moto does not decide authorization the way AWS does. Nothing in this package
// is evidence for what a policy allows.
package awstest
