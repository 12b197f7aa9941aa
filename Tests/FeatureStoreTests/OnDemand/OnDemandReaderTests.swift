import Columnar
import Foundation
import Testing

@testable import FeatureStore

/// On-demand features online.
@Suite struct OnDemandReaderTests {
    private static let definitions =
        StoreFixture.definitions(features: "x: int64, s: string, e: \"float32[3]\", raw: bytes") + """

            on_demand_feature_views:
              r:
                request: {q: "float32[3]", a: float64, id: int64}
                features:
                  q: "float32[3]"
                  near: {type: float32, expression: "dot(q, v:e)"}
                  stored: {type: "float32[3]", expression: "v:e"}
                  raw_size: {type: int32, expression: "length(v:raw)"}
                  bucket: {type: int64, expression: "id % 2"}
                  nothing: {type: "float32[3]", expression: "null"}
                  size: {type: float64, expression: "norm(nothing)"}
                  fixed: {type: float64, expression: "coalesce(v:x, -1) + 0.5"}
                  clock: {type: int64, expression: "second(now)"}
                  text: {type: string, expression: "concat(v:s, string(a))"}
            feature_services:
              numbers: {features: ["r:q", "r:near", "v:x", "r:stored", "r:raw_size", "r:bucket", "r:size", "r:nothing"]}
              hidden: {features: ["r:text", "r:fixed"]}
              plain: {features: ["r:fixed", "v:x"]}
              clocks: {features: ["r:clock"]}
            """

    private static func fixture() throws -> StoreFixture {
        let fixture = try StoreFixture(definitions)
        let table = Table(
            fields: [
                Field("id", .int64), Field("t", .instant), Field("x", .int64), Field("s", .string),
                Field("e", .fixedSizeList(.float32, 3)), Field("raw", .binary),
            ],
            columns: [
                Column(.int64, [.int(1), .int(2)]), Column(.instant, [100, 101].map { .timestamp(seconds($0)) }),
                Column(.int64, [.int(7), .null]), Column(.string, [.string("é"), .null]),
                Column(.fixedSizeList(.float32, 3), [.list([.float32(1), .float32(2), .float32(3)]), .null]),
                Column(.binary, [.bytes([1, 2, 3, 4, 5]), .null]),
            ])
        _ = try fixture.store.push("v", table: table, batchID: nil)
        return fixture
    }

    private static let vector = Value.list([.float32(0.5), .float32(0), .float32(-1)])

    @Test func vectorsBytesAndNullsAreComputedWith() throws {
        let fixture = try Self.fixture()
        let reader = try fixture.store.onlineReader(for: .service("numbers"))
        // The field that is a join key, too, is given once.
        #expect(reader.inputs.map(\.name) == ["id", "q"])
        let first = try #require(try reader.read([.int(1), Self.vector], at: fixture.clock.time)).map(\.value)
        #expect(first[0] == Self.vector)
        #expect(first[1] == .float32(-2.5))
        #expect(first[3] == .list([.float32(1), .float32(2), .float32(3)]))
        #expect(first[4...] == [.int(5), .int(1), .null, .null])
        let unknown = try #require(try reader.read([.int(9), .null], at: fixture.clock.time))
        #expect(unknown.map(\.value) == [.null, .null, .null, .null, .null, .int(1), .null, .null])
        #expect(unknown[2].status == .notFound)
        #expect(unknown[1].status == .nullValue && unknown[1].eventTime == nil)
        var floats = [Float](repeating: 0, count: 2 * (try reader.vectorWidth()))
        try floats.withUnsafeMutableBufferPointer {
            try reader.readVectors(
                [
                    Column(.int64, [.int(1), .int(2)]),
                    Column(.fixedSizeList(.float32, 3), [Self.vector, Self.vector]),
                ],
                at: fixture.clock.time, into: $0)
        }
        #expect(floats[0..<10] == [0.5, 0, -1, -2.5, 7, 1, 2, 3, 5, 1])
        let firstIsMissing = floats[10..<14].allSatisfy(\.isNaN)
        #expect(firstIsMissing)
        #expect(floats[14..<17] == [0.5, 0, -1])
        let secondIsMissing = floats[17..<23].allSatisfy(\.isNaN)
        #expect(secondIsMissing)
        #expect(floats[23] == 0)
    }

    @Test func whatIsOnlyComputedWithIsNotGiven() throws {
        let fixture = try Self.fixture()
        let reader = try fixture.store.onlineReader(for: .service("hidden"))
        #expect(reader.service.features.map(\.outputName) == ["text", "fixed"])
        let values = try #require(try reader.read([.int(1), .float64(1.5)], at: fixture.clock.time))
        #expect(values.map(\.value) == [.string("é1.5"), .float64(7.5)])
        #expect(values.map(\.status) == [.present, .present])
    }

    /// Keys of every kind of call find the same.
    @Test func everyDoorComputesTheSame() throws {
        let fixture = try Self.fixture()
        let reader = try fixture.store.onlineReader(for: .service("plain"))
        let ids = (0..<150).map { Int64($0 % 4) }
        var columns = [Float](repeating: 0, count: ids.count * 2)
        try columns.withUnsafeMutableBufferPointer {
            try reader.readVectors([Column(.int64, ids.map { .int($0) })], at: fixture.clock.time, into: $0)
        }
        var plain = [Float](repeating: 0, count: ids.count * 2)
        try ids.withUnsafeBufferPointer { numbers in
            try plain.withUnsafeMutableBufferPointer {
                try reader.readVectors(
                    PlainKeys(count: ids.count, numbers: numbers, texts: UnsafeRawBufferPointer(start: nil, count: 0)),
                    at: fixture.clock.time, into: $0)
            }
        }
        #expect(columns.map(\.bitPattern) == plain.map(\.bitPattern))
        for (row, id) in ids.enumerated() {
            var one: [Float] = [0, 0]
            try one.withUnsafeMutableBufferPointer { try reader.readVector(id, at: fixture.clock.time, into: $0) }
            #expect(one.map(\.bitPattern) == columns[2 * row..<2 * row + 2].map(\.bitPattern))
            #expect(one[0] == (id == 1 ? 7.5 : -0.5))
        }
    }

    @Test func aServiceOfTheTimeAloneIsOneRow() throws {
        let fixture = try StoreFixture(Self.definitions)
        let reader = try fixture.store.onlineReader(for: .service("clocks"))
        #expect(reader.inputs.isEmpty)
        #expect(try reader.read([Value](), at: seconds(61))?.map(\.value) == [.int(1)])
    }

    @Test func threadsComputeSideBySide() throws {
        let fixture = try Self.fixture()
        let reader = try fixture.store.onlineReader(for: .service("hidden"))
        let now = fixture.clock.time
        let wrong = Parallel.map(Array(0..<400)) { round -> Int in
            let a = Double(round)
            let id = Value.int(Int64(round % 2 + 1))
            let values = try? reader.read([id, .float64(a)], at: now)?.map(\.value)
            let expected: [Value] = round % 2 == 0 ? [.string("é\(a)"), .float64(7.5)] : [.null, .float64(-0.5)]
            return values == expected ? 0 : 1
        }
        #expect(wrong.reduce(0, +) == 0)
    }
}
