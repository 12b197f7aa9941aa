import Columnar
import FeatureStore

/// A message as `kcat -J` prints it, an object a line:
/// `{"topic": "trips", "partition": 0, "offset": 17, …, "payload": "{\"driver_id\": 1001, …}"}`.
package struct KafkaMessage {
    private(set) var topic = ""
    private(set) var partition: Int64 = 0
    private(set) var offset: Int64 = 0
    /// The message's content; nil if it has none, as where a key is deleted.
    package private(set) var payload: [UInt8]?

    /// Where the message stands in a stream of any number of topics.
    package var place: JSONLines.Place { .init(position: offset, partition: "\(topic)/\(partition)") }

    /// - Throws: `DataError` if the line is not one of `kcat -J`.
    package init(_ line: UnsafeRawBufferPointer) throws(DataError) {
        do throws(JSONError) {
            try read(line)
        } catch {
            throw DataError(
                "no message as 'kcat -J' prints it: \(error.message) at byte \(error.offset + 1) of the line")
        }
    }

    /// Whether a line looks like one of `kcat -J`, and not like a row of its own.
    package static func isLikely(_ line: UnsafeRawBufferPointer) -> Bool { (try? KafkaMessage(line)) != nil }

    private mutating func read(_ line: UnsafeRawBufferPointer) throws(JSONError) {
        var (topic, partition, offset): (String?, Int64?, Int64?)
        var (payload, hasPayload): ([UInt8]?, Bool) = (nil, false)
        var cursor = JSONCursor(line)
        try cursor.object { (key, cursor) throws(JSONError) in
            if key == "topic" as StaticString {
                topic = try cursor.string().string
            } else if key == "partition" as StaticString {
                partition = try cursor.wholeNumber(named: "partition")
            } else if key == "offset" as StaticString {
                offset = try cursor.wholeNumber(named: "offset")
            } else if key == "payload" as StaticString {
                hasPayload = true
                switch try cursor.peek() {
                case UInt8(ascii: "\""): payload = try cursor.string().unescaped
                case UInt8(ascii: "n"):
                    try cursor.skipValue()
                    payload = nil
                // With -s value=…, kcat unpacks the content.
                default: payload = Array(try cursor.skipValue())
                }
            } else {
                try cursor.skipValue()
            }
        }
        try cursor.expectEnd()
        guard let topic, let partition, let offset, hasPayload else {
            throw cursor.error("topic, partition, offset or payload is missing")
        }
        (self.topic, self.partition, self.offset, self.payload) = (topic, partition, offset, payload)
    }
}
