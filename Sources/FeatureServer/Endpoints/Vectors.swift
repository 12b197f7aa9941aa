import Columnar
import FeatureStore

/// `POST /v1/vectors`: the numbers of a service as float32, in JSON, or raw after a line of JSON.
///
/// Request: as of `/get-online-features`. Answer: `{"rows":n,"width":w,"vectors":[[…],…]}` with null for what is null,
/// unknown or too old; with `Accept: application/octet-stream` one line `{"rows":n,"width":w,"type":"float32"}` and then
/// n × w little-endian float32, NaN for those. With `"encoded":true` or `"state":3` the numbers are those of the service's
/// fitted encoders, which `"encoders":"eta_v1@3"` in the answer names.
enum Vectors {
    static func answer(
        _ exchange: HTTPExchange, state: ServingState, rights: [AccessScope], maximumRows: Int
    ) throws -> OnlineFeatures.Counts {
        let request = try OnlineFeaturesRequest(exchange.body.bytes)
        let encoder = request.isEncoded ? try request.encoder(in: state, rights: rights) : nil
        let features = encoder == nil ? try request.features(in: state, rights: rights) : nil
        guard let reader = encoder?.reader ?? features?.reader else { throw RequestError(422, "nothing is asked for") }
        let columns = request.columns(try request.keys(for: reader, maximumRows: maximumRows), of: reader)
        let width = try encoder?.width ?? reader.vectorWidth()
        let encoders = encoder.map { ",\"encoders\":\"\($0.state.name)\"" } ?? ""
        let rows = reader.entityCount(columns)
        let output = exchange.response
        let isBinary = exchange.header("Accept")?.contains("application/octet-stream") ?? false
        if isBinary {
            exchange.contentType = .binary
            output.append("{\"rows\":\(rows),\"width\":\(width),\"type\":\"float32\"\(encoders)}\n")
        }
        let numbers = ByteBuffer(capacity: max(16, rows * width * 4))
        let target = numbers.appendUninitialized(rows * width * 4).assumingMemoryBound(to: Float.self)
        let vectors = UnsafeMutableBufferPointer(start: target, count: rows * width)
        let now = request.time ?? .now
        if encoder != nil, request.requestIDs != nil {
            throw RequestError(
                422, "encoded vectors are not remembered; read rows, or plain vectors, with a request id")
        }
        let recording = try features.flatMap { try request.recording(exchange, of: $0, rows: rows) }
        if let encoder {
            try encoder.readVectors(columns, at: now, into: vectors)
        } else if let (recorder, ids) = recording {
            try reader.withRows(columns, at: now) { served in
                recorder.record(served, keys: columns, ids, at: now)
                served.writeVectors(of: reader, into: vectors)
            }
        } else {
            try reader.readVectors(columns, at: now, into: vectors)
        }
        if isBinary {
            output.append(numbers.bytes)
        } else {
            output.append("{\"rows\":\(rows),\"width\":\(width)\(encoders),\"vectors\":[")
            for row in 0..<rows {
                output.append((row > 0 ? ",[" : "[") as StaticString)
                for place in 0..<width {
                    if place > 0 { output.append(UInt8(ascii: ",")) }
                    let number = vectors[row * width + place]
                    if number.isNaN { output.append("null" as StaticString) } else { output.appendJSON(Double(number)) }
                }
                output.append(UInt8(ascii: "]"))
            }
            output.append("]}" as StaticString)
        }
        return OnlineFeatures.Counts(rows: rows)
    }
}
