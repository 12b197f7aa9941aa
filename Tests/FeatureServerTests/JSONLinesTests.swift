import Columnar
import Testing

@testable import FeatureServer
@testable import FeatureStore

@Suite struct JSONLinesTests {
    private static let columns = [("id", FeatureType.int64), ("name", .string), ("x", .float64)].map {
        PushColumn(name: $0, commonName: $0, type: $1, isOptional: false)
    }

    private func append(_ text: String, to lines: inout JSONLines) throws -> JSONLines.Place? {
        var text = text
        return try text.withUTF8 { bytes in
            Result { () throws(DataError) in try lines.append(UnsafeRawBufferPointer(bytes)) }
        }.get()
    }

    private func rows(_ lines: inout JSONLines) -> [[Value]] {
        let table = lines.table()
        return (0..<table.rowCount).map { row in table.columns.map { $0.value(at: row) } }
    }

    @Test func membersComeInAnyOrderAndTheLastOfANameCounts() throws {
        var lines = JSONLines(for: Self.columns)
        for text in [
            #"{"id": 1, "name": "a", "x": 0.5}"#, #"{"x": 1, "more": [{}], "id": 2}"#,
            #"{"name": "b", "name": null, "id": 3, "id": 4, "x": 2}"#, "{}",
        ] {
            #expect(try append(text, to: &lines) == nil)
        }
        #expect(lines.count == 4)
        #expect(
            rows(&lines) == [
                [.int(1), .string("a"), .float64(0.5)], [.int(2), .null, .float64(1)],
                [.int(4), .null, .float64(2)], [.null, .null, .null],
            ])
        #expect(lines.count == 0)
    }

    @Test func aLineThatDoesNotFitLeavesTheRowsBefore() throws {
        var lines = JSONLines(for: Self.columns)
        _ = try append(#"{"id": 1, "name": "a", "x": 0.5}"#, to: &lines)
        for text in [#"{"id": 2, "name": "b", "x": "warm"}"#, #"{"name": "c", "id": 3"#, "[]", #"{"id": 5} x"#] {
            #expect(throws: DataError.self) { try append(text, to: &lines) }
        }
        _ = try append(#"{"x": 3}"#, to: &lines)
        #expect(rows(&lines) == [[.int(1), .string("a"), .float64(0.5)], [.null, .null, .float64(3)]])
    }

    @Test func aLineTellsWhereItStands() throws {
        var lines = JSONLines(for: Self.columns, places: .init(position: "id", partition: "shard"))
        #expect(try append(#"{"id": 17, "shard": 3}"#, to: &lines) == .init(position: 17, partition: "3"))
        #expect(try append(#"{"shard": "x", "id": "18"}"#, to: &lines) == .init(position: 18, partition: "x"))
        lines.removeLast()
        #expect(rows(&lines).map { $0[0] } == [.int(17)])
        for (text, words) in [
            (#"{"shard": 1}"#, "the position is missing: a member 'id'"),
            (#"{"id": 1}"#, "the partition is missing: a member 'shard'"),
            (#"{"id": 1.5, "shard": 1}"#, "id (a position): a whole number"),
            (#"{"id": 1, "shard": []}"#, "number is expected"),
        ] {
            do {
                _ = try append(text, to: &lines)
                Issue.record("it was taken")
            } catch { #expect("\(error)".contains(words)) }
        }
        #expect(lines.count == 0)
    }

    @Test func aMessageOfKcatIsUnpacked() throws {
        func read(_ text: String) throws -> KafkaMessage {
            var text = text
            return try text.withUTF8 { bytes in
                Result { () throws(DataError) in try KafkaMessage(UnsafeRawBufferPointer(bytes)) }
            }.get()
        }
        let message = try read(
            #"{"topic":"t","partition":2,"offset":17,"tstype":"create","ts":1,"key":null,"payload":"{\"a\": \"é\\n\"}"}"#
        )
        #expect(message.place == .init(position: 17, partition: "t/2"))
        #expect(message.payload.map { String(decoding: $0, as: UTF8.self) } == #"{"a": "é\n"}"#)
        #expect(try read(#"{"topic":"t","partition":2,"offset":18,"payload":null}"#).payload == nil)
        let unpacked = try read(#"{"payload": {"a": 1}, "topic":"t","partition":0,"offset":18}"#)
        #expect(unpacked.payload.map { String(decoding: $0, as: UTF8.self) } == #"{"a": 1}"#)
        for text in [#"{"a": 1}"#, "x", #"{"topic":"t","partition":2,"offset":18}"#] {
            #expect(throws: DataError.self) { try read(text) }
        }
    }
}
