import Columnar
import Foundation
import Testing

@testable import FeatureServer

@Suite struct JSONWritingTests {
    private func text(_ write: (ByteBuffer) -> Void) -> String {
        let buffer = ByteBuffer(capacity: 1)
        write(buffer)
        return String(decoding: buffer.bytes, as: UTF8.self)
    }

    @Test func numbersReadBackAsTheSameBits() throws {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededRandom(seed: seed)
        for _ in 0..<20_000 {
            let number = Double(bitPattern: generator.next())
            guard number.isFinite else { continue }
            let written = text { $0.appendJSON(number) }
            #expect(Double(written)?.bitPattern == number.bitPattern, "seed \(seed)")
            let whole = Int64(bitPattern: generator.next()) >> Int64.random(in: 0..<64, using: &generator)
            #expect(text { $0.appendJSON(whole) } == String(whole), "seed \(seed)")
            let small = Double(whole)
            #expect(Double(text { $0.appendJSON(small) }) == small, "seed \(seed)")
        }
        #expect(text { $0.appendJSON(-0.0) } == "-0.0")
        #expect(text { $0.appendJSON(3.0) } == "3.0")
        #expect(text { $0.appendJSON(Int64.min) } == "-9223372036854775808")
        #expect(text { $0.appendJSON(Double(Float(0.1))) } == "0.10000000149011612")
    }

    @Test func whatJSONHasNoNumberForIsText() {
        #expect(text { $0.appendJSON(Double.nan) } == "\"NaN\"")
        #expect(text { $0.appendJSON(Double.infinity) } == "\"Infinity\"")
        #expect(text { $0.appendJSON(-Double.infinity) } == "\"-Infinity\"")
    }

    @Test(arguments: ["", "plain", "quote \" and \\ back", "new\nline\ttab\u{1}", "é日本😀", "é\n\"", "a\u{0}b"])
    func stringsReadBackAsTheyWere(_ string: String) throws {
        let written = text { $0.appendJSON(string) }
        #expect(try JSONDecoder().decode(String.self, from: Data(written.utf8)) == string)
    }

    @Test func bytesThatAreNoTextBecomeValidJSON() throws {
        let bytes: [UInt8] = [0x61, 0xff, 0xc3, 0x22, 0x0a]
        let written = text { buffer in bytes.withUnsafeBytes { buffer.appendJSON(utf8: $0) } }
        #expect(try JSONDecoder().decode(String.self, from: Data(written.utf8)) == "a\u{fffd}\u{fffd}\"\n")
    }
}
