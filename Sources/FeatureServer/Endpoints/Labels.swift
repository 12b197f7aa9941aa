import Columnar
import FeatureStore
import Foundation
import Synchronization

/// `POST /v1/labels`: what came of reads.
///
/// Request: `{"service": "eta_v1", "request_id": "trip-17", "value": true, "weight": 1}`, or with lists of as many ids,
/// values and, if need be, weights. The labels are durable when `{"labels": n}` is answered; they meet their reads when
/// examples are asked for.
final class Labels: Sendable {
    private let project: String
    private let maximumRows: Int

    init(project: String, maximumRows: Int) {
        self.project = project
        self.maximumRows = maximumRows
    }

    func answer(_ exchange: HTTPExchange, rights: [AccessScope]) throws {
        var service: String?
        var parts: (ids: UnsafeRawBufferPointer?, values: UnsafeRawBufferPointer?, weights: UnsafeRawBufferPointer?)
        let body = exchange.body.bytes
        var cursor = JSONCursor(body)
        try cursor.object { (name, cursor) throws(JSONError) in
            if name == "service" {
                service = try cursor.string().string
            } else if name == "request_id" {
                parts.ids = try cursor.passValue()
            } else if name == "value" {
                parts.values = try cursor.passValue()
            } else if name == "weight" {
                parts.weights = try cursor.passValue()
            } else {
                try cursor.skipValue()
            }
        }
        try cursor.expectEnd()
        guard let service else { throw RequestError(422, "'service' is missing: the feature service that was read") }
        try rights.check(.label(service))
        guard let ids = parts.ids, let values = parts.values else {
            throw RequestError(422, "'\(parts.ids == nil ? "request_id" : "value")' is missing: one, or a list of them")
        }
        let store = try FeatureStore(opening: project)
        let label = try store.declaredLabel(of: service)
        let columns = try zip(label.columns, [ids, values, parts.weights]).compactMap { column, part in
            try part.map { (Field(column.name, column.type.dataType), try self.column($0, column, within: body)) }
        }
        let count = columns[0].1.count
        if let other = columns.first(where: { $0.1.count != count }) {
            throw RequestError(
                422, "there are \(count) request ids and \(other.1.count) of '\(other.0.name)'; give as many of each")
        }
        let table = Table(fields: columns.map(\.0), columns: columns.map(\.1), rowCount: count)
        do {
            try store.takeLabels(service, table: table, origin: "labels")
        } catch let error as DataError {
            throw RequestError(422, "\(error)")
        }
        exchange.response.append("{\"labels\":\(count)}")
    }

    /// A value or a list of them.
    private func column(
        _ part: UnsafeRawBufferPointer, _ column: PushColumn, within body: UnsafeRawBufferPointer
    ) throws(JSONError) -> Column {
        var cursor = JSONCursor(part, within: body)
        do throws(JSONError) {
            if try cursor.peek() == UInt8(ascii: "[") {
                return try cursor.column(of: column.type, maximumRows: maximumRows)
            }
            var builder = ColumnBuilder(column.type.dataType)
            try cursor.append(to: &builder, as: column.type)
            return builder.finish()
        } catch {
            throw JSONError(message: "\(column.name) (\(column.type)): \(error.message)", offset: error.offset)
        }
    }
}
