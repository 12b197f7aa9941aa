import FeatureStore
import Testing

@Suite struct DefinitionsMutationTests {
    /// SplitMix64, so that a seed gives the same cases everywhere.
    private struct SeededGenerator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    private static let pieces = [
        "\t", "\n", "  ", ": ", "- ", "[", "]", "{", "}", "\"", "'", "#", "&a ", "*a", "!x ", "|", ">", "? ", "~",
        "---\n",
        "\u{0}", "\u{FEFF}", "é", "features:", "entities:", "driver", "float32[999999999999999999999]", "9999999999d",
        "<<: ", "null", "%YAML", ",",
    ]

    private func mutated(_ text: [UInt8], using generator: inout SeededGenerator) -> [UInt8] {
        var text = text
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let place = Int.random(in: 0...text.count, using: &generator)
            let end = min(text.count, place + Int.random(in: 0...12, using: &generator))
            switch Int.random(in: 0..<5, using: &generator) {
            case 0:
                text.insert(
                    contentsOf: Self.pieces.randomElement(using: &generator).map { Array($0.utf8) } ?? [], at: place)
            case 1: text.removeSubrange(place..<end)
            case 2: text.insert(contentsOf: text[place..<end], at: Int.random(in: 0...text.count, using: &generator))
            case 3 where place < text.count: text[place] = UInt8.random(in: 32...126, using: &generator)
            default: text.replaceSubrange(place..<end, with: text.suffix(Int.random(in: 0...8, using: &generator)))
            }
        }
        return text
    }

    @Test func mutatedFilesAreReadOrRefusedWithPlacesThatExist() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(state: seed)
        let valid = Array(DefinitionsTexts.valid.utf8)
        let end = ContinuousClock.now + .seconds(3)
        var cases = 0
        while ContinuousClock.now < end {
            cases += 1
            let text = String(decoding: mutated(valid, using: &generator), as: UTF8.self)
            let lineCount = text.unicodeScalars.count { "\n\r\u{85}\u{2028}\u{2029}".unicodeScalars.contains($0) } + 1
            do {
                let definitions = try DefinitionsReader.read(texts: [("a.yaml", text)])
                for service in definitions.featureServices {
                    _ = try? ResolvedService(service: service, in: definitions, fullNames: true)
                }
                _ = DefinitionsPlan(from: definitions, to: Definitions(), storedViews: ["driver_stats"])
            } catch let error as DefinitionErrors {
                let isPlaced = error.errors.allSatisfy { (1...lineCount + 1).contains($0.line ?? 0) }
                let isOneLine = error.errors.allSatisfy { !$0.message.contains("\n") && $0.message.utf8.count < 400 }
                #expect(
                    isPlaced && isOneLine && !error.errors.isEmpty, "seed \(seed), case \(cases): \(error)\n\(text)")
            } catch {
                Issue.record("seed \(seed), case \(cases): \(error)")
            }
        }
        #expect(cases > 100, "seed \(seed)")
    }
}
