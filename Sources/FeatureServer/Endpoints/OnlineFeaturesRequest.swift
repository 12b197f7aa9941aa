import Columnar
import FeatureStore

/// The body of `POST /get-online-features` (Feast 0.67), read where it lies.
struct OnlineFeaturesRequest {
    private var selection: SelectionText?
    /// The moment that ages are judged at, if the request names one (`at`, which Feast has not): for replays and tests.
    private(set) var time: Timestamp?
    /// Whether vectors of fitted encoders are asked for, and of which version; the newest if none is named.
    private(set) var isEncoded = false
    private(set) var state: Int?
    /// The names under which rows are to be remembered (`request_id`, which Feast has not): one, or one a row.
    private(set) var requestIDs: RequestIDs?
    private let body: UnsafeRawBufferPointer
    private var entities: UnsafeRawBufferPointer?

    /// Reads the parts, and not yet the entities, whose types the selection tells.
    init(_ body: UnsafeRawBufferPointer) throws {
        self.body = body
        var cursor = JSONCursor(body)
        var features: UnsafeRawBufferPointer?
        var service: UnsafeRawBufferPointer?
        var fullNames = false
        var entities: UnsafeRawBufferPointer?
        var at: (text: String, offset: Int)?
        var ids: RequestIDs?
        try cursor.object { (name, cursor) throws(JSONError) in
            let isNull = try cursor.peek() == UInt8(ascii: "n")
            if name == "entities" {
                entities = try cursor.passValue()
            } else if name == "features", !isNull {
                features = try cursor.skipValue()
            } else if name == "feature_service", !isNull {
                service = try cursor.skipValue()
            } else if name == "full_feature_names" {
                fullNames = try cursor.bool()
            } else if name == "encoded" {
                isEncoded = try cursor.bool()
            } else if name == "state", !isNull {
                isEncoded = true
                guard let version = try cursor.number().int64.map({ Int($0) }) else {
                    throw JSONError(message: "state: the version of fitted encoders is expected", offset: cursor.offset)
                }
                state = version
            } else if name == "request_id", !isNull {
                ids = try cursor.requestIDs()
            } else if name == "at", !isNull {
                at = (try cursor.string().string, cursor.offset)
            } else {
                try cursor.skipValue()
            }
        }
        try cursor.expectEnd()
        requestIDs = ids
        if let at {
            guard let parsed = Timestamp(parsing: at.text) else {
                throw JSONError(message: "at: a time such as 2024-01-31T10:00:00Z is expected", offset: at.offset)
            }
            time = parsed
        }
        self.entities = entities
        if let service {
            selection = SelectionText(isService: true, fullNames: fullNames, json: service)
        } else if let features {
            selection = SelectionText(isService: false, fullNames: fullNames, json: features)
        }
    }

    /// The features asked for, if `rights` allow to read them.
    ///
    /// - Throws: `RequestError` if nothing is asked for, or it is not allowed; what looking names up throws.
    func features(in state: ServingState, rights: [AccessScope]) throws -> ServedFeatures {
        guard let selection else {
            throw RequestError(422, "name 'features', as view:feature, or a 'feature_service'")
        }
        let features = try state.features(selection)
        try rights.check(.read(features.service ?? "*"))
        return features
    }

    /// The reader of the fitted encoders that are asked for, if `rights` allow to read the service.
    func encoder(in state: ServingState, rights: [AccessScope]) throws -> EncodedReader {
        guard let selection, selection.isService, case .service(let name) = try selection.selection() else {
            throw RequestError(422, "encoded vectors are of a 'feature_service', whose encoders are fitted")
        }
        try rights.check(.read(name))
        return try state.encoders.reader(of: name, version: self.state, in: state.definitions)
    }

    /// The columns in the order of the reader's inputs.
    func columns(_ keys: [Key], of reader: ServiceReader) -> [Column] {
        reader.inputs.indices.compactMap { place in keys.first { $0.input == place }?.column }
    }

    /// A column of entities, and its place among the reader's inputs.
    struct Key {
        let input: Int
        let column: Column
    }

    func keys(for reader: ServiceReader, maximumRows: Int) throws -> [Key] {
        try keys(for: reader.inputs, joinKeyCount: reader.joinKeys.count, maximumRows: maximumRows)
    }

    /// The join keys and request fields in the order in which the request names them; other columns are passed over, as
    /// Feast does.
    ///
    /// - Throws: `JSONError` for a value that does not fit; `RequestError` for what is missing or columns of different
    ///   lengths.
    ///
    /// - Parameters:
    ///   - inputs: what a read is given.
    ///   - joinKeyCount: how many of them, from the first, are join keys.
    func keys(for inputs: [RequestField], joinKeyCount: Int, maximumRows: Int) throws -> [Key] {
        guard let entities else {
            if inputs.isEmpty { return [] }
            throw RequestError(422, "'entities' is missing: {\"join_key\": [values]}")
        }
        var keys: [Key] = []
        var cursor = JSONCursor(entities, within: body)
        try cursor.object { (name, cursor) throws(JSONError) in
            let place = inputs.firstIndex { name == $0.name }
            guard let place else {
                _ = try cursor.skipValue()
                return
            }
            do throws(JSONError) {
                let column = try cursor.column(of: inputs[place].type, maximumRows: maximumRows)
                keys.append(Key(input: place, column: column))
            } catch {
                throw JSONError(
                    message: "entities.\(inputs[place].name) (\(inputs[place].type)): \(error.message)",
                    offset: error.offset)
            }
        }
        for (place, input) in inputs.enumerated() {
            let given = keys.filter { $0.input == place }.count
            if given != 1 {
                let kind = place < joinKeyCount ? "join key" : "request field"
                throw RequestError(
                    422,
                    given == 0
                        ? "the \(kind) '\(input.name)' (\(input.type)) is missing in 'entities'"
                        : "the \(kind) '\(input.name)' is given twice in 'entities'", as: "EntityNotFoundException")
            }
        }
        if let first = keys.first, let other = keys.first(where: { $0.column.count != first.column.count }) {
            throw RequestError(
                422,
                "'\(inputs[first.input].name)' has \(first.column.count) values and "
                    + "'\(inputs[other.input].name)' \(other.column.count); give as many of each")
        }
        return keys
    }
}

extension OnlineFeaturesRequest {
    /// What notes the rows of this request, and under which names; nil where there is nothing to note.
    ///
    /// A header that a proxy may have added is passed over where nothing is remembered; a field is not.
    ///
    /// - Throws: `RequestError` if rows are to be remembered and cannot be.
    func recording(_ exchange: HTTPExchange, of features: ServedFeatures, rows: Int) throws -> (
        LogRecorder, RequestIDs
    )? {
        guard let recorder = features.recorder else {
            guard requestIDs != nil else { return nil }
            throw RequestError(
                422,
                features.service.map { "\(LogError.notDeclared(service: $0))" } ?? "\(LogError.needsService)")
        }
        guard let ids = requestIDs ?? (exchange.bringsID ? .one(exchange.requestID) : nil) else { return nil }
        do {
            try ids.check(rows: rows)
            try recorder.waitForRoom()
        } catch let error as LogError {
            if case .slow = error { throw RequestError(503, "\(error)") }
            throw RequestError(422, "\(error)")
        }
        return (recorder, ids)
    }
}

extension JSONCursor {
    /// A text, or a list of texts.
    fileprivate mutating func requestIDs() throws(JSONError) -> RequestIDs {
        guard try peek() == UInt8(ascii: "[") else { return .one(try string().string) }
        var ids: [String] = []
        try array { (cursor) throws(JSONError) in ids.append(try cursor.string().string) }
        return .each(ids)
    }
}
