import Foundation
import Testing

@testable import FeatureServer

/// Valid requests with a few bytes changed, again and again for a while.
@Suite struct RequestMutationTests {
    private static let requests: [[UInt8]] = {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Corpus/requests")
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        let texts = files.sorted { $0.path < $1.path }.compactMap { try? Data(contentsOf: $0) }.map { Array($0) }
        return texts + ["[[[[]]]]", "\"text\\u00e9\"", "-12.5E+3"].map { Array($0.utf8) }
    }()
    /// What JSON is made of, and what looks like it.
    private static let pieces: [[UInt8]] = [
        "{", "}", "[", "]", "\"", "\\", ":", ",", "null", "true", "NaN", "1e999", "-", ".", "0", "9", "\\u", "\\ud83d",
        " ", "\n", "\u{0}", "é", "[[[[[[[[", "{\"a\":", "99999999999999999999", "\"df\"", "\"entities\"",
    ].map { Array($0.utf8) }

    @Test func noBytesBreakTheRequestReaders() {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededRandom(seed: seed)
        let end = ContinuousClock.now + .seconds(2)
        #expect(Self.requests.count > 6)
        var taken = 0
        var rounds = 0
        while ContinuousClock.now < end {
            rounds += 1
            var text = Self.requests.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 0...4, using: &random) { Self.mutate(&text, &random) }
            // What may not be stops the process: a read outside of the bytes, or a request taken that is no JSON.
            let isJSON = text.withUnsafeBytes { RequestProbe.readEverything($0) }
            if isJSON { taken += 1 }
        }
        #expect(taken > 0 && taken < rounds, "seed \(seed)")
    }

    private static func mutate(_ text: inout [UInt8], _ random: inout SeededRandom) {
        let place = Int.random(in: 0...text.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: text.insert(contentsOf: pieces.randomElement(using: &random) ?? [], at: place)
        case 1: text.removeSubrange(place..<min(text.count, place + Int.random(in: 0...6, using: &random)))
        case 2: text.removeSubrange(place...)
        case 3 where place < text.count: text[place] = UInt8.random(in: 0...255, using: &random)
        default:
            let other = requests.randomElement(using: &random) ?? []
            let start = Int.random(in: 0...other.count, using: &random)
            text.insert(contentsOf: other[start..<min(other.count, start + 20)], at: place)
        }
    }
}
