import Columnar
import FeatureStore
import Foundation

/// `GET /v1/examples?service=…&consumer=…[&limit=…][&after=…]`: the next labelled examples of a consumer, a JSON object a
/// line; and `POST /v1/examples/commit` with `{"service", "consumer", "position"}`, once they have been made use of.
///
/// The header `X-Position` has the number of the last example: what to commit, or to give as `after` next. Without
/// `after`, what was not committed is answered again. No lines: there are none yet.
struct Examples {
    let project: String
    let maximumRows: Int

    func answer(_ exchange: HTTPExchange, rights: [AccessScope]) throws {
        let service = try parameter("service", of: exchange)
        try rights.check(.examples(service))
        let consumer = try parameter("consumer", of: exchange)
        let limit = min(try number("limit", of: exchange) ?? 1024, Int64(maximumRows))
        guard limit > 0 else { throw RequestError(422, "'limit' is a number from 1 on") }
        let stream = try FeatureStore(opening: project).examples(
            of: service, for: consumer, after: try number("after", of: exchange))
        exchange.contentType = .lines
        let output = exchange.response
        if let batch = try stream.next(atMost: Int(limit)) {
            for row in 0..<batch.table.rowCount {
                output.append("{\"example\":\(batch.first + Int64(row))")
                for (field, column) in zip(batch.table.fields, batch.table.columns) {
                    guard let type = FeatureType(field.type) else { continue }
                    output.append(",\"\(field.name)\":")
                    output.appendJSON(column, row: row, type: type)
                }
                output.append("}\n" as StaticString)
            }
        }
        exchange.headers.append(("X-Position", String(stream.position)))
    }

    func commit(_ exchange: HTTPExchange, rights: [AccessScope]) throws {
        var service: String?
        var consumer: String?
        var position: Int64?
        var cursor = JSONCursor(exchange.body.bytes)
        try cursor.object { (name, cursor) throws(JSONError) in
            if name == "service" {
                service = try cursor.string().string
            } else if name == "consumer" {
                consumer = try cursor.string().string
            } else if name == "position" {
                var builder = ColumnBuilder(.int64)
                try cursor.append(to: &builder, as: .int64)
                if case .int(let number) = builder.finish().value(at: 0) { position = number }
            } else {
                try cursor.skipValue()
            }
        }
        try cursor.expectEnd()
        guard let service, let consumer, let position else {
            throw RequestError(
                422, "service, consumer and position are needed: position is that of the header X-Position")
        }
        try rights.check(.examples(service))
        try FeatureStore(opening: project).commitExamples(of: service, for: consumer, position: position)
        exchange.response.append("{\"position\":\(position)}")
    }

    private func parameter(_ name: String, of exchange: HTTPExchange) throws -> String {
        guard let text = exchange.query(name), !text.isEmpty else {
            throw RequestError(422, "'\(name)' is missing: /v1/examples?service=…&consumer=…")
        }
        return text
    }

    private func number(_ name: String, of exchange: HTTPExchange) throws -> Int64? {
        guard let text = exchange.query(name) else { return nil }
        guard let number = Int64(text), number >= 0 else { throw RequestError(422, "'\(name)' is a whole number") }
        return number
    }
}
