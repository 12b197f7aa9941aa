import Columnar
import FeatureStore

/// `POST /push` and `POST /write-to-online-store` (Feast 0.67): rows that are durable, online and in training sets when
/// they are answered.
///
/// `to` is read and checked, and rows go to both stores whatever it says, so that nothing is served that training cannot
/// see. `Idempotency-Key` names the batch: one that comes again changes nothing. `stream` names columns with each row's place
/// in a stream: rows that it has brought before are left out.
struct Pushes {
    /// Nil where the server may only read.
    let pusher: Pusher?
    let maximumRows: Int

    /// - Returns: the rows that were pushed.
    func push(_ exchange: HTTPExchange, rights: [AccessScope]) throws -> Int {
        let request = try PushRequest(exchange.body.bytes)
        guard let name = request.pushSource else { throw RequestError(422, "'push_source_name' is missing") }
        if let to = request.to, !["online", "offline", "online_and_offline"].contains(to) {
            throw RequestError(422, "'to' is \"online\", \"offline\" or \"online_and_offline\", not \"\(to)\"")
        }
        return try byDefinitionsInForce { pusher, definitions in
            let views: [FeatureView]
            do {
                views = try definitions.pushTargets(named: name)
            } catch {
                throw RequestError(422, "\(error)", as: "PushSourceNotFoundException")
            }
            return try push(request, to: views, of: definitions, with: pusher, exchange, rights) { $0.name }
        }
    }

    /// - Returns: the rows that were pushed.
    func write(_ exchange: HTTPExchange, rights: [AccessScope]) throws -> Int {
        let request = try PushRequest(exchange.body.bytes)
        guard let name = request.view else { throw RequestError(422, "'feature_view_name' is missing") }
        let rows = try byDefinitionsInForce { pusher, definitions in
            let view = try definitions.storedView(named: name)
            return try push(request, to: [view], of: definitions, with: pusher, exchange, rights) { $0.commonName }
        }
        exchange.response.append("null" as StaticString)
        return rows
    }

    /// Runs `body` by the definitions that the pusher knows; again, if others were applied meanwhile and what it refuses
    /// might fit those.
    private func byDefinitionsInForce<Result>(_ body: (Pusher, Definitions) throws -> Result) throws -> Result {
        guard let pusher else {
            throw RequestError(403, "this server may not write to the project; push to one that may")
        }
        for _ in 0..<Self.attempts {
            let definitions = pusher.definitions
            do {
                return try body(pusher, definitions)
            } catch let error as NotToBeRepeated {
                throw error.refusal
            } catch {
                try pusher.bringDefinitionsUpToDate()
                if pusher.definitions == definitions { throw error }
            }
        }
        throw RequestError(503, "the definitions are being changed; try again")
    }

    /// Changes of the definitions during one request.
    private static let attempts = 10

    private func push(
        _ request: PushRequest, to views: [FeatureView], of definitions: Definitions, with pusher: Pusher,
        _ exchange: HTTPExchange, _ rights: [AccessScope], named column: (PushColumn) -> String
    ) throws -> Int {
        for view in views { try rights.check(.push(view.name)) }
        let batchID = exchange.header("Idempotency-Key")
        if batchID != nil, request.stream != nil {
            throw RequestError(422, "give Idempotency-Key or 'stream', not both: a stream's rows have their positions")
        }
        let places = try request.places(maximumRows: maximumRows)
        let tables = try views.map { view in
            try request.table(of: definitions.pushColumns(of: view), named: column, maximumRows: maximumRows)
        }
        for (place, (view, table)) in zip(views, tables).enumerated() {
            do {
                if let places {
                    guard places.rowCount == table.rowCount else {
                        throw RequestError(
                            422,
                            "'df' has \(table.rowCount) rows and \(places.rowCount) positions; give as many of each")
                    }
                    try pusher.push(view.name, table: table, origin: "df", places: places)
                } else {
                    try pusher.push(view.name, table: table, origin: "df", batchID: batchID)
                }
            } catch let error as DataError {
                let refusal = RequestError(422, "\(error)")
                throw place == 0 ? refusal : NotToBeRepeated(refusal: refusal)
            } catch {
                throw NotToBeRepeated(refusal: RequestError(error))
            }
        }
        return tables.reduce(0) { $0 + $1.rowCount }
    }

    /// Some of the rows are stored, or may be, so doing it all again would store them twice.
    private struct NotToBeRepeated: Error {
        let refusal: RequestError
    }
}

/// The body of a push, read where it lies.
struct PushRequest {
    private(set) var pushSource: String?
    private(set) var view: String?
    private(set) var to: String?
    /// The columns of `df` with each row's place in a stream, if it is a part of one.
    private(set) var stream: StreamColumns?
    private let body: UnsafeRawBufferPointer
    private var frame: UnsafeRawBufferPointer?

    init(_ body: UnsafeRawBufferPointer) throws(JSONError) {
        self.body = body
        var parts: (source: String?, view: String?, to: String?, frame: UnsafeRawBufferPointer?)
        var stream: StreamColumns?
        var cursor = JSONCursor(body)
        try cursor.object { (name, cursor) throws(JSONError) in
            if try cursor.peek() == UInt8(ascii: "n") {
                try cursor.skipValue()
            } else if name == "push_source_name" {
                parts.source = try cursor.string().string
            } else if name == "feature_view_name" {
                parts.view = try cursor.string().string
            } else if name == "to" {
                parts.to = try cursor.string().string
            } else if name == "df" {
                parts.frame = try cursor.passValue()
            } else if name == "stream" {
                stream = try Self.stream(&cursor)
            } else {
                try cursor.skipValue()
            }
        }
        try cursor.expectEnd()
        (pushSource, view, to, frame) = parts
        self.stream = stream
    }

    /// `{"name": "kafka-trips", "position_field": "offset", "partition_field": "partition"}`.
    private static func stream(_ cursor: inout JSONCursor) throws(JSONError) -> StreamColumns {
        var (name, position, partition): (String?, String?, String?)
        try cursor.object { (key, cursor) throws(JSONError) in
            if try cursor.peek() == UInt8(ascii: "n") {
                try cursor.skipValue()
            } else if key == "name" {
                name = try cursor.string().string
            } else if key == "position_field" {
                position = try cursor.string().string
            } else if key == "partition_field" {
                partition = try cursor.string().string
            } else {
                try cursor.skipValue()
            }
        }
        guard let name, let position else {
            throw cursor.error(
                "'stream' needs 'name' and 'position_field', the column of 'df' with each row's position")
        }
        return StreamColumns(name, position: position, partition: partition)
    }

    /// Where each row stands in the stream; nil for rows of none.
    ///
    /// - Throws: `RequestError` for a missing column or position; `JSONError` for a value that is no position.
    func places(maximumRows: Int) throws -> StreamPlaces? {
        guard let stream else { return nil }
        guard let frame else { throw RequestError(422, "'df' is missing: {\"column\": [values]}") }
        var columns: [(field: Field, column: Column)] = []
        var cursor = JSONCursor(frame, within: body)
        try cursor.object { (key, cursor) throws(JSONError) in
            let name = key.string
            guard name == stream.position || name == stream.partition else {
                _ = try cursor.skipValue()
                return
            }
            let column: Column
            do throws(JSONError) {
                var numbers = cursor
                let isNumbers = (try? numbers.column(of: .int64, maximumRows: maximumRows)) != nil
                let type: FeatureType = name == stream.position || isNumbers ? .int64 : .string
                column = try cursor.column(of: type, maximumRows: maximumRows)
            } catch {
                throw JSONError(message: "df.\(name) (of the stream): \(error.message)", offset: error.offset)
            }
            columns.append((Field(name, column.type), column))
        }
        if let other = columns.first(where: { $0.column.count != columns[0].column.count }) {
            throw RequestError(422, "'df.\(other.field.name)' has \(other.column.count) values; give one a row")
        }
        let table = Table(fields: columns.map(\.field), columns: columns.map(\.column))
        do {
            return try stream.places(in: table, origin: "df")
        } catch let error as DataError {
            throw RequestError(422, "\(error)")
        }
    }

    /// The columns of `df` that a view has, under the names of its source.
    ///
    /// - Throws: `RequestError` for a missing column or columns of different lengths; `JSONError` for a value that does
    ///   not fit its column's type.
    func table(
        of columns: [PushColumn], named name: (PushColumn) -> String, maximumRows: Int
    ) throws -> Table {
        guard let frame else { throw RequestError(422, "'df' is missing: {\"column\": [values]}") }
        let names = columns.map(name)
        var read: [Int: Column] = [:]
        var cursor = JSONCursor(frame, within: body)
        try cursor.object { (key, cursor) throws(JSONError) in
            let text = key.string
            guard let place = names.firstIndex(of: text) else {
                // Feast's clients send more than a view needs, such as the columns of other views of the source.
                _ = try cursor.skipValue()
                return
            }
            do throws(JSONError) {
                read[place] = try cursor.column(of: columns[place].type, maximumRows: maximumRows)
            } catch {
                throw JSONError(message: "df.\(text) (\(columns[place].type)): \(error.message)", offset: error.offset)
            }
        }
        let present = columns.indices.filter { read[$0] != nil }
        if let missing = columns.indices.first(where: { read[$0] == nil && !columns[$0].isOptional }) {
            throw RequestError(
                422,
                "'df' lacks the column '\(names[missing])' (\(columns[missing].type)); it needs "
                    + columns.indices.filter { !columns[$0].isOptional }.map { names[$0] }.joined(separator: ", "))
        }
        let count = present.first.flatMap { read[$0]?.count } ?? 0
        if let other = present.first(where: { read[$0]?.count != count }), let first = present.first {
            throw RequestError(
                422,
                "'df' has \(count) values of '\(names[first])' and \(read[other]?.count ?? 0) of '\(names[other])'; "
                    + "give as many of each")
        }
        return Table(
            fields: present.map { Field(columns[$0].name, columns[$0].type.dataType) },
            columns: present.compactMap { read[$0] }, rowCount: count)
    }
}
