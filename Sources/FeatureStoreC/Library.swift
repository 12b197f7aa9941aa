// The functions are named as in the header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CFStore
import FeatureStore
import Foundation

/// Lives as long as the process, as the header promises.
nonisolated(unsafe) private let version = UnsafePointer(strdup(FeatureStore.version))

@c @implementation
public func fs_version() -> UnsafePointer<CChar>? { version }

@c @implementation
public func fs_string_free(_ string: UnsafeMutablePointer<CChar>?) { free(string) }
