// Package authz decides what S3 decides: whether a request passes, by every check
// that S3 makes for each authorization that the request needs.
//
// [Decide] stops at nothing: each check is made whatever the others say, so that the
// second blocker is seen before the first is mended. Answers have three values. What
// was not read, or could not be, makes a check unknown and says what would settle it;
// it never makes it pass or fail.
//
// Two things are said of each check. Its verdict is what the layer says by itself:
// a policy allows, does not allow, denies. Whether it blocks is another matter: in one
// account a bucket policy that names a user makes an IAM policy that allows nothing
// harmless. A request passes if no check blocks it. Where two layers could have
// allowed a request and neither does, the one that AWS names in its message blocks.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-s3-evaluates-access-control.html
//
// The package is pure: no clock, no network, no state. It imports the policy language
// and the evidence, and knows nothing of CloudTrail.
package authz
