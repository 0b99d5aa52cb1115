// Reads FollowTheMoney lines from standard input with the library of Aleph, and says what it
// cannot make of them: one line for each complaint.
const path = require('path')
const home = process.argv[2]
const { Model, defaultModel } = require(path.join(home, 'node_modules/@alephdata/followthemoney/dist/followthemoney.umd.js'))
const model = new Model(defaultModel)
const lines = require('fs').readFileSync(0, 'utf8').trim().split('\n').map(line => JSON.parse(line))
const ids = new Map(lines.map(line => [line.id, line.schema]))
for (const line of lines) {
  let schema
  try { schema = model.getSchema(line.schema) } catch (e) { console.log(`${line.id}: no schema ${line.schema}`); continue }
  const properties = schema.getProperties()
  for (const [name, values] of Object.entries(line.properties)) {
    const property = properties.get(name)
    if (!property) { console.log(`${line.schema} has no property ${name}`); continue }
    if (property.stub) console.log(`${line.schema}.${name} cannot be set`)
    if (property.type.name !== 'entity') continue
    for (const value of values) {
      const other = ids.get(value)
      if (!other) { console.log(`${line.schema}.${name} of ${line.id} leads nowhere`); continue }
      const range = property.getRange ? property.getRange() : null
      if (range && !model.getSchema(other).isA(range.name)) console.log(`${line.schema}.${name} leads to a ${other}, not a ${range.name}`)
    }
  }
  const entity = model.getEntity(line)
  if (!entity.getCaption()) console.log(`${line.schema} ${line.id} has no caption`)
}
console.log(`read ${lines.length}`)
