# SPDX-License-Identifier: Apache-2.0
def build(): pass
def start(made): pass
