// Answers questions with @cloud-copilot/iam-simulate, which it loads from the folder
// named by its argument: one JSON object per line in, one per line out, in order.
// The first line out names the version of the engine.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const folder = process.argv.at(-1)
const name = '@cloud-copilot/iam-simulate'
const { anonymousPrincipal, runSimulation, runUnsafeSimulation } = createRequire(join(folder, 'any.js'))(name)

const words = {
  Allowed: 'allow',
  ExplicitlyDenied: 'explicit deny',
  ImplicitlyDenied: 'implicit deny'
}

const named = (policies) => (policies ?? []).map((policy, i) => ({ name: `policy${i}`, policy }))
const optional = (policy) => (policy ? named([policy]) : undefined)
const levels = (list) => (list ?? []).map((policies, i) => ({ orgIdentifier: `level${i}`, policies: named(policies) }))

// simulation puts a question into the shape that the engine takes.
function simulation(q) {
  return {
    request: {
      principal: q.principal === 'anonymous' ? anonymousPrincipal : q.principal,
      action: q.action,
      resource: { resource: q.resource, accountId: q.account },
      contextVariables: q.context ?? {}
    },
    identityPolicies: named(q.identity),
    permissionBoundaryPolicies: optional(q.boundary),
    sessionPolicy: q.session,
    vpcEndpointPolicies: optional(q.endpoint),
    resourcePolicy: q.resourcePolicy,
    serviceControlPolicies: levels(q.scps),
    resourceControlPolicies: levels(q.rcps),
    additionalSettings: { s3: { blockPublicAccess: q.restrictPublicBuckets ?? false } }
  }
}

// decide uses the call that checks nothing, which takes every condition key, where
// that is enough. With more than identity policies that call fails, and the other one
// is used: it leaves out the keys that AWS does not have for an action, which would
// make the question another one.
async function decide(q) {
  if (!q.resourcePolicy && !q.checked) {
    const said = runUnsafeSimulation(simulation(q), {})
    return words[said] ?? `error: ${said}`
  }
  const said = await runSimulation(simulation(q), {})
  if (said.resultType !== 'single') {
    return `error: ${said.resultType} ${JSON.stringify(said.errors ?? '')}`
  }
  const ignored = said.result.ignoredContextKeys ?? []
  return ignored.length ? `error: ignores ${ignored}` : words[said.overallResult]
}

async function answer(q) {
  try {
    return { id: q.id, answer: await decide(q) }
  } catch (e) {
    return { id: q.id, answer: `error: ${e.message}` }
  }
}

const { version } = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json')))
console.log(JSON.stringify({ version }))
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(await answer(JSON.parse(line))) + '\n')
}
